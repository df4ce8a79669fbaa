// The table of mount options: Docker's and runc's names.
#include <sys/mount.h>

#include <algorithm>
#include <map>

#include "runtime/plan/mount_steps.h"

#ifndef MS_LAZYTIME
constexpr unsigned long MS_LAZYTIME = 1UL << 25;
#endif

namespace tare::runtime {
namespace {

struct Flag {
  unsigned long flag;  // of mount(2)
  bool clears;         // "rw" takes away what "ro" sets
  uint64_t attribute;  // of mount_setattr(2); 0: only whole file systems have it
};

const std::map<std::string, Flag, std::less<>>& flags_by_name() {
  static const std::map<std::string, Flag, std::less<>> kFlags = {
      {"ro", {MS_RDONLY, false, MOUNT_ATTR_RDONLY}},
      {"rw", {MS_RDONLY, true, MOUNT_ATTR_RDONLY}},
      {"nosuid", {MS_NOSUID, false, MOUNT_ATTR_NOSUID}},
      {"suid", {MS_NOSUID, true, MOUNT_ATTR_NOSUID}},
      {"nodev", {MS_NODEV, false, MOUNT_ATTR_NODEV}},
      {"dev", {MS_NODEV, true, MOUNT_ATTR_NODEV}},
      {"noexec", {MS_NOEXEC, false, MOUNT_ATTR_NOEXEC}},
      {"exec", {MS_NOEXEC, true, MOUNT_ATTR_NOEXEC}},
      {"noatime", {MS_NOATIME, false, MOUNT_ATTR_NOATIME}},
      {"atime", {MS_NOATIME, true, MOUNT_ATTR_NOATIME}},
      {"strictatime", {MS_STRICTATIME, false, MOUNT_ATTR_STRICTATIME}},
      {"nostrictatime", {MS_STRICTATIME, true, MOUNT_ATTR_STRICTATIME}},
      {"relatime", {MS_RELATIME, false, MOUNT_ATTR_RELATIME}},
      {"norelatime", {MS_RELATIME, true, MOUNT_ATTR_RELATIME}},
      {"nodiratime", {MS_NODIRATIME, false, MOUNT_ATTR_NODIRATIME}},
      {"diratime", {MS_NODIRATIME, true, MOUNT_ATTR_NODIRATIME}},
      {"nosymfollow", {256, false, MOUNT_ATTR_NOSYMFOLLOW}},
      {"symfollow", {256, true, MOUNT_ATTR_NOSYMFOLLOW}},
      {"sync", {MS_SYNCHRONOUS, false, 0}},
      {"async", {MS_SYNCHRONOUS, true, 0}},
      {"dirsync", {MS_DIRSYNC, false, 0}},
      {"mand", {MS_MANDLOCK, false, 0}},
      {"nomand", {MS_MANDLOCK, true, 0}},
      {"iversion", {MS_I_VERSION, false, 0}},
      {"noiversion", {MS_I_VERSION, true, 0}},
      {"lazytime", {MS_LAZYTIME, false, 0}},
      {"nolazytime", {MS_LAZYTIME, true, 0}},
      {"silent", {MS_SILENT, false, 0}},
      {"loud", {MS_SILENT, true, 0}},
      {"defaults", {0, false, 0}},
  };
  return kFlags;
}

bool is_access_time(uint64_t attribute, std::string_view name) {
  return (attribute & MOUNT_ATTR__ATIME) != 0 || name.find("relatime") != std::string_view::npos;
}

void add_flag(std::string_view name, const Flag& flag, MountOptions& result) {
  result.flags = flag.clears ? result.flags & ~flag.flag : result.flags | flag.flag;
  if (is_access_time(flag.attribute, name)) {
    // The access time modes are one field of the attributes: to set any, the field is cleared.
    result.clear |= MOUNT_ATTR__ATIME;
    result.set &= ~static_cast<uint64_t>(MOUNT_ATTR__ATIME);
    if (flag.clears) return;
    result.set |= flag.attribute;
    // To mount(2) they are flags of their own, of which the kernel would choose.
    result.flags &= ~static_cast<unsigned long>(MS_NOATIME | MS_RELATIME | MS_STRICTATIME) | flag.flag;
    return;
  }
  result.set = flag.clears ? result.set & ~flag.attribute : result.set | flag.attribute;
  result.clear = flag.clears ? result.clear | flag.attribute : result.clear & ~flag.attribute;
}

bool add_recursive_flag(std::string_view name, MountOptions& result) {
  if (name.size() < 3 || name[0] != 'r') return false;
  const auto found = flags_by_name().find(name.substr(1));
  if (found == flags_by_name().end() || found->second.attribute == 0) return false;
  if (is_access_time(found->second.attribute, found->first)) {
    result.recursive_clear |= MOUNT_ATTR__ATIME;
    if (!found->second.clears) result.recursive_set |= found->second.attribute;
  } else {
    (found->second.clears ? result.recursive_clear : result.recursive_set) |= found->second.attribute;
  }
  return true;
}

bool add_special(const std::string& name, MountOptions& result) {
  if (name == "bind" || name == "rbind") {
    result.bind = true;
    if (name == "rbind") result.bind_depth = os::TreeDepth::kAll;
    return true;
  }
  if (name == "idmap" || name == "ridmap") {
    result.id_mapped = true;
    if (name == "ridmap") result.id_map_depth = os::TreeDepth::kAll;
    return true;
  }
  if (name == "remount") {
    result.remount = true;
    return true;
  }
  if (name == "tmpcopyup") {
    result.copy_up = true;
    return true;
  }
  if (const auto propagation = propagation_flag(name)) {
    result.propagation.push_back(propagation);
    return true;
  }
  return false;
}

}  // namespace

unsigned long propagation_flag(const std::string& name) {
  static const std::map<std::string, unsigned long> kPropagation = {{"private", MS_PRIVATE},
                                                                    {"shared", MS_SHARED},
                                                                    {"slave", MS_SLAVE},
                                                                    {"unbindable", MS_UNBINDABLE},
                                                                    {"rprivate", MS_PRIVATE | MS_REC},
                                                                    {"rshared", MS_SHARED | MS_REC},
                                                                    {"rslave", MS_SLAVE | MS_REC},
                                                                    {"runbindable", MS_UNBINDABLE | MS_REC}};
  const auto found = kPropagation.find(name);
  return found == kPropagation.end() ? 0 : found->second;
}

std::vector<std::string> mount_option_names() {
  std::vector<std::string> names = {"bind",   "rbind", "idmap",    "ridmap",  "remount", "tmpcopyup",  "private",
                                    "shared", "slave", "rprivate", "rshared", "rslave",  "unbindable", "runbindable"};
  for (const auto& [name, flag] : flags_by_name()) {
    names.push_back(name);
    if (flag.attribute != 0) names.push_back("r" + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<MountOptions> parse_mount_options(const std::vector<std::string>& options) {
  MountOptions result;
  std::vector<std::string> own;
  for (const auto& option : options) {
    // An option of crun's: to hand it to the file system would end in a message about something else.
    if (option == "copy-symlink") {
      return Failure(ErrorKind::kUnsupported, "mount option {} is not supported", option);
    }
    const auto flag = flags_by_name().find(option);
    if (flag != flags_by_name().end()) {
      add_flag(option, flag->second, result);
    } else if (!add_special(option, result) && !add_recursive_flag(option, result)) {
      own.push_back(option);
    }
  }
  result.file_system_options = join(own, ",");
  // The kernel would take these and do nothing: they belong to the file system, which others use too.
  for (const char* option : {"sync", "dirsync", "mand", "iversion", "lazytime"}) {
    const bool asked = (result.flags & flags_by_name().find(option)->second.flag) != 0;
    if (result.bind && asked) {
      return Failure(ErrorKind::kInvalidArgument, "{} is of a whole file system and cannot be set on a bind mount",
                     option);
    }
  }
  return result;
}

}  // namespace tare::runtime
