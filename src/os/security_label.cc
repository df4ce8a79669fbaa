#include "os/security_label.h"

#include <fcntl.h>

#include "os/file.h"

namespace tare::os {
namespace {

// Of the thread: with one thread it is that of the process.
Result<void> write_attribute(BorrowedFd proc, const std::string& file, const std::string& content) {
  const UniqueFd attribute = TRY(open_at(proc, "self/attr/" + file, O_WRONLY));
  return write_all(attribute, content, file);
}

bool has_own_directory(BorrowedFd proc) { return open_at(proc, "self/attr/apparmor", O_PATH | O_DIRECTORY).ok(); }

}  // namespace

bool has_apparmor() {
  const auto enabled = read_file("/sys/module/apparmor/parameters/enabled", 16);
  return enabled.ok() && enabled->starts_with('Y');
}

bool has_selinux() { return exists("/sys/fs/selinux/enforce"); }

Result<void> set_apparmor_profile_on_exec(BorrowedFd proc, const std::string& profile) {
  const std::string command = "exec " + profile;
  // Before Linux 5.8 AppArmor shares the file with the other security modules.
  return write_attribute(proc, has_own_directory(proc) ? "apparmor/exec" : "exec", command);
}

Result<void> set_selinux_label_on_exec(BorrowedFd proc, const std::string& label) {
  return write_attribute(proc, "exec", label);
}

}  // namespace tare::os
