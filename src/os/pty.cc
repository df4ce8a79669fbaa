#include "os/pty.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {

Result<Pty> open_pty(const std::string& ptmx) {
  Pty pty;
  pty.master = TRY(open(ptmx, O_RDWR | O_NOCTTY));
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

Result<void> take_terminal(BorrowedFd slave) {
  if (::ioctl(slave.get(), TIOCSCTTY, 0) != 0) return last_error("take control of", "terminal");
  return {};
}

}  // namespace tare::os
