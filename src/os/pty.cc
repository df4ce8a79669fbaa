#include "os/pty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {
namespace {

// The path is the container's, and may be anything there: first looked at without opening it for real.
Result<UniqueFd> open_ptmx(const std::string& path) {
  const UniqueFd place = TRY(open(path, O_PATH | O_NOFOLLOW));
  struct stat status {};
  struct statfs system {};
  const bool is_terminal_master = ::fstat(place.get(), &status) == 0 && S_ISCHR(status.st_mode) &&
                                  status.st_rdev == ::makedev(5, 2) && ::fstatfs(place.get(), &system) == 0 &&
                                  system.f_type == DEVPTS_SUPER_MAGIC;
  if (!is_terminal_master) return Failure(ErrorKind::kPermissionDenied, "{} is no terminal device of devpts", path);
  auto master = TRY(open(path, O_RDWR | O_NOCTTY | O_NOFOLLOW));
  if (::fstatfs(master.get(), &system) == 0 && system.f_type == DEVPTS_SUPER_MAGIC) return master;
  return Failure(ErrorKind::kPermissionDenied, "{} was exchanged while it was opened", path);
}

}  // namespace

Result<Pty> open_pty(const std::string& ptmx) {
  Pty pty;
  pty.master = TRY(open_ptmx(ptmx));
  int locked = 0;
  if (::ioctl(pty.master.get(), TIOCSPTLCK, &locked) != 0) return last_error("unlock terminal of", ptmx);
  pty.slave.reset(::ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.slave.valid()) return last_error("open terminal of", ptmx);
  return pty;
}

Result<std::string> pty_slave_name(BorrowedFd master) {
  unsigned number = 0;
  if (::ioctl(master.get(), TIOCGPTN, &number) != 0) return last_error("get number of", "terminal");
  return formatted("/dev/pts/{}", number);
}

Result<void> set_window_size(BorrowedFd terminal, unsigned short rows, unsigned short columns) {
  const winsize size{rows, columns, 0, 0};
  if (::ioctl(terminal.get(), TIOCSWINSZ, &size) != 0) return last_error("resize", "terminal");
  return {};
}

Result<void> keep_line_ends(BorrowedFd terminal) {
  termios settings{};
  if (::tcgetattr(terminal.get(), &settings) != 0) return last_error("get settings of", "terminal");
  settings.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  if (::tcsetattr(terminal.get(), TCSANOW, &settings) != 0) return last_error("change settings of", "terminal");
  return {};
}

Result<void> take_terminal(BorrowedFd slave) {
  if (::ioctl(slave.get(), TIOCSCTTY, 0) != 0) return last_error("take control of", "terminal");
  return {};
}

}  // namespace tare::os
