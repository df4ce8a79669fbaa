#include "runtime/init/settings.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "os/file.h"
#include "os/namespace.h"

namespace tare::runtime {

Result<void> apply_sysctls(const std::map<std::string, std::string>& sysctls) {
  for (const auto& [name, value] : sysctls) {
    std::string path = name;
    // A name may be written with slashes, when its parts have dots in them.
    if (path.find('/') == std::string::npos) std::replace(path.begin(), path.end(), '.', '/');
    if (path.find("..") != std::string::npos) return Failure(ErrorKind::kInvalidArgument, "sysctl {} is no name", name);
    TRY(os::write_proc_file("/proc/sys/" + path, value).context(formatted("set sysctl {}", name)));
  }
  return {};
}

Result<UniqueFd> open_clocks() { return os::open("/proc/self/timens_offsets", O_WRONLY).context("linux.timeOffsets"); }

Result<void> enter_new_time_namespace(const std::string& offsets, BorrowedFd clocks) {
  // It is for children at first; that is when the clocks may be set.
  TRY(os::unshare(CLONE_NEWTIME));
  TRY(os::write_all(clocks, offsets, "/proc/self/timens_offsets").context("linux.timeOffsets"));
  const UniqueFd space = TRY(os::open("/proc/self/ns/time_for_children", O_RDONLY));
  return os::join_namespace(space, CLONE_NEWTIME);
}

void join_new_keyring(const std::string& id) {
  const std::string name = "_ses." + id;
  (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str());
}

}  // namespace tare::runtime
