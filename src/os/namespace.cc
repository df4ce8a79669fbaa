#include "os/namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {

Result<void> join_namespace(BorrowedFd fd, int kind) {
  if (::setns(fd.get(), kind) != 0) return last_error("join namespace", namespace_name(kind));
  return {};
}

Result<void> unshare(int kinds) {
  if (::unshare(kinds) != 0) return last_error("unshare namespace", namespace_name(kinds));
  return {};
}

const char* namespace_name(int kind) {
  switch (kind) {
    case CLONE_NEWPID:
      return "pid";
    case CLONE_NEWNET:
      return "net";
    case CLONE_NEWNS:
      return "mnt";
    case CLONE_NEWIPC:
      return "ipc";
    case CLONE_NEWUTS:
      return "uts";
    case CLONE_NEWUSER:
      return "user";
    case CLONE_NEWCGROUP:
      return "cgroup";
    case CLONE_NEWTIME:
      return "time";
    default:
      return "several";
  }
}

Result<UniqueFd> open_namespace(pid_t pid, int kind) {
  return open(formatted("/proc/{}/ns/{}", pid, namespace_name(kind)), O_RDONLY);
}

bool in_user_namespace() {
  // The first user namespace has this fixed inode number (PROC_USER_INIT_INO).
  constexpr ino_t kFirstUserNamespace = 0xEFFFFFFD;
  struct stat status {};
  return ::stat("/proc/self/ns/user", &status) == 0 && status.st_ino != kFirstUserNamespace;
}

Result<void> set_hostname(const std::string& name) {
  if (::sethostname(name.data(), name.size()) != 0) return last_error("set hostname", name);
  return {};
}

Result<void> set_domainname(const std::string& name) {
  if (::setdomainname(name.data(), name.size()) != 0) return last_error("set domainname", name);
  return {};
}

Result<void> bring_loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return last_error("open socket for", "lo");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return last_error("bring up", "lo");
  return {};
}

}  // namespace tare::os
