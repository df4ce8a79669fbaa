// Pseudo-terminals.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

struct Pty {
  UniqueFd master;
  UniqueFd slave;
};

// A new terminal from the devpts instance that `ptmx` (a path such as "/dev/pts/ptmx") belongs to. The slave comes
// from the master, not from a path that someone else could have put in its place.
Result<Pty> open_pty(const std::string& ptmx);
Result<std::string> pty_slave_name(BorrowedFd master);  // "/dev/pts/N" as that devpts names it
Result<void> set_window_size(BorrowedFd terminal, unsigned short rows, unsigned short columns);
// Output passes as it is written: without "\r" before line ends.
Result<void> keep_line_ends(BorrowedFd terminal);
// Makes it the controlling terminal of this session, whose leader must be the caller.
Result<void> take_terminal(BorrowedFd slave);

}  // namespace tare::os
