#include "runtime/plan/mount_steps.h"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

namespace tare::runtime {
namespace {

// lxcfs and its like replace these files; anything else over /proc would let an image lie to who reads it.
bool is_allowed_in_proc(const std::string& destination) {
  static const std::vector<std::string> kAllowed = {
      "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",  "/proc/stat",    "/proc/swaps",
      "/proc/uptime",  "/proc/loadavg",   "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid"};
  return std::find(kAllowed.begin(), kAllowed.end(), destination) != kAllowed.end();
}

Result<void> check_destination(const oci::Mount& mount) {
  if (mount.destination.starts_with("/proc/") && !is_allowed_in_proc(mount.destination)) {
    return Failure(ErrorKind::kInvalidArgument, "mount on {}: nothing may be mounted inside /proc", mount.destination);
  }
  const auto is_bind_option = [](const std::string& option) { return option == "bind" || option == "rbind"; };
  const bool is_bind = mount.type == "bind" || std::any_of(mount.options.begin(), mount.options.end(), is_bind_option);
  if (mount.destination == "/proc" && mount.type != "proc" && !is_bind) {
    return Failure(ErrorKind::kInvalidArgument,
                   "mount on /proc: {} is no procfs, and nothing else may be mounted there", mount.type);
  }
  return {};
}

// Absolute, without "..", "." and needless slashes: no spelling gets around a rule.
Result<std::string> plain_destination(const std::string& destination) {
  if (destination.empty()) return Failure(ErrorKind::kInvalidArgument, "mounts: a destination is empty");
  std::vector<std::string> parts;
  for (auto& part : split(destination, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(std::move(part));
    else if (!parts.empty())
      parts.pop_back();
  }
  return "/" + join(parts, "/");
}

MountStep plan_bind(const oci::Mount& mount, MountOptions options, const std::string& bundle) {
  std::string source = mount.source;
  if (!source.starts_with('/')) source = bundle + "/" + source;
  return {MountStep::Kind::kBind, mount.destination, "bind", std::move(source), std::move(options)};
}

// The mappings of the mount; without any, those of the container's user namespace.
Result<std::optional<IdMap>> plan_id_map(const oci::Mount& mount, const MountOptions& options,
                                         const oci::LinuxSection& section, const NamespacePlan& namespaces) {
  const bool has_own = !mount.uid_mappings.empty() || !mount.gid_mappings.empty();
  if (!has_own && !options.id_mapped) return std::optional<IdMap>();
  if (!options.bind) return Failure(ErrorKind::kUnsupported, "ids can be mapped for bind mounts only");
  if (has_own) {
    if (!mount.uid_mappings.empty() && !mount.gid_mappings.empty()) {
      return std::optional(IdMap{mount.uid_mappings, mount.gid_mappings, ""});
    }
    return Failure(ErrorKind::kInvalidArgument, "it needs both uidMappings and gidMappings");
  }
  if (namespaces.new_user) return std::optional(IdMap{section.uid_mappings, section.gid_mappings, ""});
  for (const auto& join : namespaces.joins) {
    if (join.kind == CLONE_NEWUSER) return std::optional(IdMap{{}, {}, join.path});
  }
  return Failure(ErrorKind::kInvalidArgument,
                 "idmap needs uidMappings and gidMappings, or a user namespace of the container's own");
}

// SELinux would give files of a new file system a label that the container may not touch.
void add_label(const std::string& label, MountStep& step) {
  if (label.empty() || step.kind != MountStep::Kind::kFileSystem) return;
  const bool is_of_kernel = step.type == "proc" || step.type == "sysfs" || step.type.starts_with("cgroup");
  if (is_of_kernel) return;
  if (step.type == "mqueue") {
    step.label = label;
    return;
  }
  std::string& options = step.options.file_system_options;
  options += formatted("{}context=\"{}\"", options.empty() ? "" : ",", label);
}

MountStep plan_file_system(const std::string& destination, const std::string& type, const std::string& source,
                           MountOptions options) {
  return {MountStep::Kind::kFileSystem, destination, type, source.empty() ? type : source, std::move(options)};
}

// Whether a hierarchy is mounted anew, which shows the part that the cgroup namespace begins at; else our group is
// bound. Where that is the namespace's beginning both show the same, and of version 1, with a hierarchy for each
// controller, new mounts take 2 ms more beside 800 containers.
bool is_mounted_anew(const NamespacePlan& namespaces, os::CgroupVersion version) {
  if (version == os::CgroupVersion::kV1 && namespaces.new_cgroup_namespace) return false;
  return namespaces.creates_or_joins(CLONE_NEWCGROUP);
}

MountStep plan_cgroup_hierarchy(const os::CgroupHierarchy& hierarchy, const std::string& destination,
                                const MountOptions& options, const std::string& cgroup_path,
                                const NamespacePlan& namespaces) {
  MountStep step{MountStep::Kind::kBind, destination, "cgroup", hierarchy.mount_point + cgroup_path, options};
  if (hierarchy.version == os::CgroupVersion::kV1) step.options.file_system_options = join(hierarchy.controllers, ",");
  if (!is_mounted_anew(namespaces, hierarchy.version)) return step;
  step.kind = MountStep::Kind::kFileSystem;
  step.type = hierarchy.version == os::CgroupVersion::kV2 ? "cgroup2" : "cgroup";
  step.source = "cgroup";
  return step;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void plan_cgroup_mounts(const oci::Mount& mount, const MountOptions& options, const HostFacts& facts,
                        const std::string& cgroup_path, const NamespacePlan& namespaces,
                        std::vector<MountStep>& steps) {
  if (facts.cgroups.version == os::CgroupVersion::kV2) {
    const os::CgroupHierarchy whole{"/sys/fs/cgroup", {}, os::CgroupVersion::kV2};
    steps.push_back(plan_cgroup_hierarchy(whole, mount.destination, options, cgroup_path, namespaces));
    return;
  }
  MountOptions top = options;
  top.flags &= ~static_cast<unsigned long>(MS_RDONLY);  // made read-only when all is in it
  top.file_system_options = "mode=755";
  steps.push_back(plan_file_system(mount.destination, "tmpfs", "cgroup", top));
  for (const auto& hierarchy : facts.cgroups.hierarchies) {
    const std::string name = last_part(hierarchy.mount_point);
    const std::string directory = mount.destination + "/" + name;
    steps.push_back(plan_cgroup_hierarchy(hierarchy, directory, options, cgroup_path, namespaces));
    for (const auto& controller : hierarchy.controllers) {
      const bool combined = hierarchy.version == os::CgroupVersion::kV1 && hierarchy.controllers.size() > 1;
      if (!combined || controller.starts_with("name=")) continue;
      steps.push_back({MountStep::Kind::kLink, mount.destination + "/" + controller, "", name, {}});
    }
  }
  if ((options.flags & MS_RDONLY) == 0) return;
  steps.push_back({MountStep::Kind::kSeal, mount.destination, "", "", {}});
}

}  // namespace

Result<std::vector<MountStep>> plan_mounts(const oci::RuntimeSpec& spec, const HostFacts& facts,
                                           const NamespacePlan& namespaces, const Place& place) {
  std::vector<MountStep> steps;
  for (oci::Mount mount : spec.mounts) {
    mount.destination = TRY(plain_destination(mount.destination));
    TRY(check_destination(mount));
    const std::string name = formatted("mount on {}", mount.destination);
    auto options = TRY(parse_mount_options(mount.options).context(name));
    const auto id_map = TRY(plan_id_map(mount, options, spec.linux_section, namespaces).context(name));
    const size_t first = steps.size();
    if (options.remount) {
      steps.push_back({MountStep::Kind::kRemount, mount.destination, mount.type, mount.source, std::move(options)});
    } else if (options.bind || mount.type == "bind") {
      steps.push_back(plan_bind(mount, std::move(options), place.bundle));
      steps.back().id_map = id_map;
    } else if (mount.type == "cgroup" || mount.type == "cgroup2") {
      plan_cgroup_mounts(mount, options, facts, place.cgroup_path, namespaces, steps);
    } else if (mount.type.empty() || mount.type == "none") {
      return Failure(ErrorKind::kInvalidArgument, "mount on {}: it has no type and is no bind mount",
                     mount.destination);
    } else {
      steps.push_back(plan_file_system(mount.destination, mount.type, mount.source, std::move(options)));
    }
    for (size_t step = first; step < steps.size(); ++step) add_label(spec.linux_section.mount_label, steps[step]);
  }
  return steps;
}

}  // namespace tare::runtime
