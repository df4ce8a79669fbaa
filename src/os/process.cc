#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/error.h"

namespace tare::os {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

// Descriptors are first moved out of the way (a target number may be the source of another), then put in place.
bool place_descriptors(const std::vector<SpawnOptions::Pass>& descriptors) {
  int lowest_free = 3;
  for (const auto& pass : descriptors) lowest_free = std::max(lowest_free, pass.as + 1);
  std::vector<int> moved;
  for (const auto& pass : descriptors) {
    const int fd = ::fcntl(pass.from.get(), F_DUPFD_CLOEXEC, lowest_free);
    if (fd < 0) return false;
    moved.push_back(fd);
  }
  for (size_t index = 0; index < descriptors.size(); ++index) {
    if (::dup2(moved[index], descriptors[index].as) < 0) return false;
  }
  return true;
}

// In the child; returns only when something failed, with errno set. `step` says what.
void become(const SpawnOptions& options, char* const* arguments, char* const* environment) {
  reset_signals();
  if (options.new_session) ::setsid();
  if (!options.working_directory.empty() && ::chdir(options.working_directory.c_str()) != 0) return;
  if (!place_descriptors(options.descriptors)) return;
  if (options.take_terminal && ::ioctl(STDIN_FILENO, TIOCSCTTY, 0) != 0) return;
  ::execvpe(options.program.empty() ? arguments[0] : options.program.c_str(), arguments, environment);
}

}  // namespace

void reset_signals() {
  // The kernel's own structure, all zero: SIG_DFL, no flags, an empty mask. libc's structure is laid out differently.
  const uint64_t standard[4] = {};
  const uint64_t none = 0;
  for (long signal = 1; signal < NSIG; ++signal) ::syscall(SYS_rt_sigaction, signal, standard, nullptr, sizeof none);
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
}

Result<Child> spawn(const SpawnOptions& options) {
  const std::string& program = options.program.empty() ? options.arguments.at(0) : options.program;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return last_error("pipe for", program);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const auto arguments = pointers(options.arguments);
  const auto own_environment = options.environment ? pointers(*options.environment) : std::vector<char*>();
  char* const* environment = options.environment ? own_environment.data() : environ;

  const pid_t pid = ::fork();
  if (pid < 0) return last_error("fork for", program);
  if (pid == 0) {
    // Above every number that descriptors are put at, or dup2 could close it.
    const int report = ::fcntl(writer.get(), F_DUPFD_CLOEXEC, 200);
    become(options, arguments.data(), environment);
    const int number = errno;
    [[maybe_unused]] const auto written = ::write(report, &number, sizeof number);
    ::_exit(127);
  }
  writer.reset();
  int number = 0;
  const ssize_t got = retry_interrupted([&] { return ::read(reader.get(), &number, sizeof number); });
  if (got == sizeof number) {
    ::waitpid(pid, nullptr, 0);
    return Error::from_errno(number, "execute", program);
  }
  return Child{pid, TRY(open_pidfd(pid))};
}

Result<ExitStatus> wait(const Child& child) {
  siginfo_t info{};
  const auto waited = retry_interrupted(
      [&] { return ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(child.pidfd.get()), &info, WEXITED); });
  if (waited != 0) return last_error("wait for process", std::to_string(child.pid));
  if (info.si_code == CLD_EXITED) return ExitStatus{info.si_status, 0};
  return ExitStatus{0, info.si_status};
}

Result<UniqueFd> open_pidfd(pid_t pid) {
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return last_error("open process", std::to_string(pid));
  return fd;
}

Result<void> signal_pidfd(BorrowedFd pidfd, int signal) {
  if (syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) != 0) {
    return last_error("send signal", std::to_string(signal));
  }
  return {};
}

Result<bool> wait_ended(BorrowedFd pidfd, int timeout_milliseconds) {
  pollfd waiting{pidfd.get(), POLLIN, 0};
  const int ready = retry_interrupted([&] { return ::poll(&waiting, 1, timeout_milliseconds); });
  if (ready < 0) return last_error("poll", "process");
  return ready > 0;
}

}  // namespace tare::os
