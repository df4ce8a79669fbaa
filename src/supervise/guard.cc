#include "supervise/guard.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#include <climits>

#include "os/cgroup.h"
#include "os/clone.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::supervise {
namespace {

// Nothing of the supervisor's stays open: its lock is the proof that it lives.
[[noreturn]] void watch(UniqueFd alive, const std::string& cgroup_path, const std::vector<std::string>& command) {
  ::dup2(alive.get(), 0);
  ::close_range(1, UINT_MAX, 0);
  os::reset_signals();
  ::setsid();
  char byte = 0;
  os::retry_interrupted([&] { return ::read(0, &byte, 1); });
  const auto cgroup = os::Cgroup::find(cgroup_path);
  if (cgroup.ok() && !cgroup_path.empty()) {
    (void)cgroup->signal_all(SIGKILL).ok();
    (void)cgroup->thaw().ok();  // what is frozen does not die on version 1
  }
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  for (int stream = 0; stream < 3; ++stream) ::dup2(::open("/dev/null", O_RDWR), stream);
  ::execv(arguments[0], arguments.data());
  ::_exit(1);
}

}  // namespace

Result<Guard> Guard::stand(const std::string& cgroup_path, const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::last_error("make", "pipe");
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  auto clone = TRY(os::clone_process({}));
  if (clone.pid == 0) watch(std::move(reader), cgroup_path, command);
  return Guard(os::Child{clone.pid, std::move(clone.pidfd)}, std::move(writer));
}

Guard::~Guard() {
  if (!child_.pidfd.valid()) return;
  (void)os::signal_pidfd(child_.pidfd, SIGKILL).ok();
  (void)os::wait(child_).ok();
}

}  // namespace tare::supervise
