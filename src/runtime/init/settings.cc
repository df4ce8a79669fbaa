#include "runtime/init/settings.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "os/file.h"

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

void join_new_keyring(const std::string& id) {
  const std::string name = "_ses." + id;
  (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str());
}

}  // namespace tare::runtime
