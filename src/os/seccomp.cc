#include "os/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "os/error.h"

namespace tare::os {

Result<UniqueFd> load_seccomp_filter(std::string_view program, unsigned flags) {
  std::vector<sock_filter> filters(program.size() / sizeof(sock_filter));
  std::memcpy(filters.data(), program.data(), filters.size() * sizeof(sock_filter));
  const sock_fprog description{static_cast<unsigned short>(filters.size()), filters.data()};
  const auto result = static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &description));
  if (result < 0) return last_error("load", "seccomp filter");
  return (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0 ? UniqueFd(result) : UniqueFd();
}

bool supports_seccomp_flags(unsigned flags) {
  // Flags are looked at before the program, which is nowhere.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, nullptr) == -1 && errno == EFAULT;
}

Result<void> set_no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return last_error("prctl", "PR_SET_NO_NEW_PRIVS");
  return {};
}

}  // namespace tare::os
