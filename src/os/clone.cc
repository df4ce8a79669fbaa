#include "os/clone.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/error.h"

namespace tare::os {
namespace {

// Who may write to a group may still not move a process into it from a group that has no common parent of his with it.
Error clone_failed(const CloneOptions& options) {
  if (!options.cgroup || errno != EACCES) return last_error("clone", "a process");
  return last_error("start a process in", "the container's control group")
      .with_hint("this shell is in no control group of the user's: `systemd-run --user --scope tare …` is");
}

}  // namespace

Result<Clone> clone_process(const CloneOptions& options) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = options.namespaces | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  // A sibling's exit signal is that of the caller; the kernel refuses to be told one.
  if (options.parentage == Parentage::kSibling) {
    arguments.flags |= CLONE_PARENT;
  } else {
    arguments.exit_signal = SIGCHLD;
  }
  if (options.cgroup) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<uint64_t>(options.cgroup->get());
  }
  const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
  if (pid < 0) return clone_failed(options);
  return Clone{pid, pid == 0 ? UniqueFd() : UniqueFd(pidfd)};
}

}  // namespace tare::os
