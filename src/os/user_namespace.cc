#include "os/user_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "os/clone.h"
#include "os/error.h"
#include "os/file.h"
#include "os/namespace.h"
#include "os/process.h"

namespace tare::os {
namespace {

struct Ids {
  uid_t uid = ::geteuid();
  gid_t gid = ::getegid();
};

struct Ranges {
  SubordinateIds uids;
  SubordinateIds gids;
};

// From the file, not from the name service: programs of ours are static.
std::string user_name(uid_t uid) {
  const auto passwd = read_file("/etc/passwd");
  for (const auto& line : split(passwd.ok() ? std::string_view(*passwd) : "", '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() > 2 && fields[2] == std::to_string(uid)) return fields[0];
  }
  return "";
}

std::optional<SubordinateIds> read_range(const std::string& path, uid_t uid) {
  const auto text = read_file(path);
  return text.ok() ? find_subordinate_ids(*text, user_name(uid), uid) : std::nullopt;
}

bool is_installed(const std::string& program) {
  for (const char* directory : {"/usr/bin/", "/bin/", "/usr/local/bin/"}) {
    if (exists(directory + program)) return true;
  }
  return false;
}

std::optional<Ranges> find_ranges(const Ids& ids) {
  const auto uids = read_range("/etc/subuid", ids.uid);
  const auto gids = read_range("/etc/subgid", ids.uid);
  if (!uids || !gids || !is_installed("newuidmap") || !is_installed("newgidmap")) return std::nullopt;
  return Ranges{*uids, *gids};
}

Result<void> run_mapper(const char* program, pid_t target, uint32_t own, const SubordinateIds& range) {
  const auto child = TRY(spawn({.arguments = {program, std::to_string(target), "0", std::to_string(own), "1", "1",
                                              std::to_string(range.first), std::to_string(range.count)}}));
  const auto status = TRY(wait(child));
  if (status.shell_code() == 0) return {};
  return Failure(ErrorKind::kPermissionDenied, "{} refuses the range {}:{}", program, range.first, range.count)
      .with_hint("check /etc/subuid and /etc/subgid, and that newuidmap is set-user-id root");
}

// Only a process outside the new namespace may map it, so a child made before waits for it to exist.
Result<void> map_from_outside(BorrowedFd ready, pid_t target, const Ids& ids, const Ranges& ranges) {
  char byte = 0;
  if (::read(ready.get(), &byte, 1) != 1) return Failure(ErrorKind::kCancelled, "the user namespace was not made");
  TRY(run_mapper("newuidmap", target, ids.uid, ranges.uids));
  return run_mapper("newgidmap", target, ids.gid, ranges.gids);
}

Result<void> unshare_user() {
  auto unshared = unshare(CLONE_NEWUSER | CLONE_NEWNS);
  if (unshared.ok()) return unshared;
  return std::move(unshared)
      .error()
      .context("make a user namespace for an ordinary user")
      .with_hint(
          "the system must allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
          "user.max_user_namespaces > 0), or run as root");
}

Result<void> unshare_with_ranges(const Ids& ids, const Ranges& ranges) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return last_error("make", "pipe");
  UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const pid_t self = ::getpid();
  const pid_t mapper = ::fork();
  if (mapper < 0) return last_error("fork", "a mapper");
  if (mapper == 0) {
    ::close(ends[1]);
    ::_exit(map_from_outside(reader, self, ids, ranges).ok() ? 0 : 1);
  }
  auto unshared = unshare_user();
  // Without the byte the mapper would wait for ever: this end stays open in us.
  const char byte = unshared.ok() ? 'u' : 0;
  [[maybe_unused]] const auto told = ::write(writer.get(), &byte, unshared.ok() ? 1 : 0);
  if (!unshared.ok()) ::kill(mapper, SIGKILL);
  int status = 0;
  retry_interrupted([&] { return ::waitpid(mapper, &status, 0); });
  TRY(std::move(unshared));
  if (status == 0) return {};
  return Failure(ErrorKind::kPermissionDenied, "cannot map the subordinate ids of user {}", ids.uid)
      .with_hint("check /etc/subuid and /etc/subgid, and that newuidmap is set-user-id root");
}

Result<void> unshare_single(const Ids& ids) {
  TRY(unshare_user());
  // Without it the kernel lets nobody unprivileged write gid_map: dropping a group could gain access.
  TRY(write_file("/proc/self/setgroups", "deny"));
  TRY(write_file("/proc/self/uid_map", formatted("0 {} 1\n", ids.uid)));
  return write_file("/proc/self/gid_map", formatted("0 {} 1\n", ids.gid));
}

Result<OwnNamespaces> open_own_namespaces(pid_t pid, const IdMaps& maps, NetworkNamespace network) {
  TRY(write_file(formatted("/proc/{}/uid_map", pid), maps.uids).context("map user ids"));
  TRY(write_file(formatted("/proc/{}/gid_map", pid), maps.gids).context("map group ids"));
  OwnNamespaces made;
  made.user = TRY(open_namespace(pid, CLONE_NEWUSER));
  if (network == NetworkNamespace::kNew) made.network = TRY(open_namespace(pid, CLONE_NEWNET));
  return made;
}

Result<void> take_root(const Ids& ids) {
  if (::setresgid(0, 0, 0) != 0) return last_error("become group", "0 of the user namespace");
  if (::setresuid(0, 0, 0) != 0) return last_error("become user", "0 of the user namespace");
  ::setenv("TARE_ROOTLESS_UID", std::to_string(ids.uid).c_str(), 1);
  return {};
}

}  // namespace

Result<void> become_root_in_user_namespace() {
  const Ids ids;
  if (ids.uid == 0) return {};
  const auto ranges = find_ranges(ids);
  if (ranges) {
    TRY(unshare_with_ranges(ids, *ranges));
  } else {
    TRY(unshare_single(ids));
  }
  return take_root(ids);
}

Result<void> join_user_namespace_of(pid_t pid) {
  const Ids ids;
  if (ids.uid == 0) return {};
  const auto user = TRY(open_namespace(pid, CLONE_NEWUSER));
  const auto mounts = TRY(open_namespace(pid, CLONE_NEWNS));
  TRY(join_namespace(user, CLONE_NEWUSER));
  TRY(join_namespace(mounts, CLONE_NEWNS));
  return take_root(ids);
}

Result<OwnNamespaces> make_user_namespace(const IdMaps& maps, NetworkNamespace network) {
  const uint64_t kinds = CLONE_NEWUSER | (network == NetworkNamespace::kNew ? CLONE_NEWNET : 0);
  // Namespaces are made by a process of their own: ours could not leave a user namespace again.
  const Clone holder = TRY(clone_process({.namespaces = kinds}).context("make a user namespace"));
  if (holder.pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  auto made = open_own_namespaces(holder.pid, maps, network);
  (void)signal_pidfd(holder.pidfd, SIGKILL).ok();
  retry_interrupted([&] { return ::waitpid(holder.pid, nullptr, 0); });
  return made;
}

void become_root_of_joined_namespace() {
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) return;
}

std::optional<SubordinateIds> find_subordinate_ids(std::string_view text, std::string_view user, uid_t uid) {
  for (const auto& line : split(text, '\n')) {
    const auto fields = split(trim(line), ':');
    const bool ours = fields.size() == 3 && ((!user.empty() && fields[0] == user) || fields[0] == std::to_string(uid));
    if (!ours) continue;
    const auto first = parse_unsigned(fields[1]);
    const auto count = parse_unsigned(fields[2]);
    if (first && count && *count > 0 && *first + *count <= 0xffffffff) {
      return SubordinateIds{static_cast<uint32_t>(*first), static_cast<uint32_t>(*count)};
    }
  }
  return std::nullopt;
}

}  // namespace tare::os
