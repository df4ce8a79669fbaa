#include "foreground.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/scope_guard.h"
#include "os/error.h"
#include "os/file.h"
#include "os/process.h"
#include "os/pty.h"

namespace tare::cmd {
namespace {

// The user's terminal without its own line editing while the container's does it.
class RawTerminal {
 public:
  RawTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    ::cfmakeraw(&raw);
    // The container's terminal does not turn line ends into two bytes (runtime::LineEnds), so that this one must.
    raw.c_oflag |= OPOST;
    changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  ~RawTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

Result<UniqueFd> receive_signals() {
  sigset_t all;
  sigfillset(&all);
  // These say that we are broken, not that someone wants something.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTTIN, SIGTTOU, SIGPIPE}) {
    sigdelset(&all, signal);
  }
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  UniqueFd signals(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) return os::last_error("make", "signalfd");
  return signals;
}

void copy_window_size(BorrowedFd console) {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) (void)os::set_window_size(console, size.ws_row, size.ws_col).ok();
}

// Orphans that we have adopted as a subreaper; the container's own process is waited for at the end.
void reap_orphans(pid_t own) {
  siginfo_t ended{};
  while (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0 && ended.si_pid != own) {
    ::waitpid(ended.si_pid, nullptr, WNOHANG);
    ended.si_pid = 0;
  }
}

void forward_signals(BorrowedFd signals, pid_t pid, BorrowedFd pidfd, BorrowedFd console) {
  signalfd_siginfo info{};
  while (::read(signals.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      reap_orphans(pid);
    } else if (info.ssi_signo == SIGWINCH && console.get() >= 0) {
      copy_window_size(console);
    } else {
      (void)os::signal_pidfd(pidfd, static_cast<int>(info.ssi_signo)).ok();
    }
  }
}

// False when there is nothing more to come.
bool copy_some(BorrowedFd from, BorrowedFd to) {
  char buffer[8192];
  const ssize_t count = ::read(from.get(), buffer, sizeof buffer);
  if (count <= 0) return count < 0 && (errno == EAGAIN || errno == EINTR);
  return os::write_all(to, {buffer, static_cast<size_t>(count)}, "terminal").ok();
}

// Copies until the process has ended and the terminal is drained.
void relay(pid_t pid, BorrowedFd pidfd, BorrowedFd signals, BorrowedFd console) {
  constexpr short kReadable = POLLIN;
  pollfd watched[4] = {{pidfd.get(), kReadable, 0},
                       {signals.get(), kReadable, 0},
                       {console.get(), kReadable, 0},
                       {console.get() >= 0 ? STDIN_FILENO : -1, kReadable, 0}};
  while (true) {
    if (::poll(watched, 4, -1) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0) forward_signals(signals, pid, pidfd, console);
    if ((watched[3].revents & (POLLIN | POLLHUP)) != 0 && !copy_some(BorrowedFd(STDIN_FILENO), console))
      watched[3].fd = -1;
    if ((watched[2].revents & (POLLIN | POLLHUP)) != 0) {
      // End of file is an error (EIO) on a terminal whose other side is closed.
      if (!copy_some(console, BorrowedFd(STDOUT_FILENO))) watched[2].fd = -1;
      continue;
    }
    if (watched[0].revents != 0) return;
  }
}

}  // namespace

Result<int> stay_in_foreground(pid_t pid, BorrowedFd pidfd, BorrowedFd console) {
  const UniqueFd signals = TRY(receive_signals());
  if (console.get() >= 0) {
    const RawTerminal raw;
    copy_window_size(console);
    relay(pid, pidfd, signals, console);
  } else {
    relay(pid, pidfd, signals, console);
  }
  int status = 0;
  if (os::retry_interrupted([&] { return ::waitpid(pid, &status, 0); }) < 0) {
    return os::last_error("wait for process", std::to_string(pid));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace tare::cmd
