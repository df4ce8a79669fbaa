// Being the parent of a process in the foreground: terminal bytes both ways, signals forwarded, its exit code.
#pragma once

#include <sys/types.h>

#include "base/fd.h"
#include "base/result.h"

namespace tare::cmd {

// `console` may be no valid descriptor: then the process has our streams. Returns its exit code (128 + signal).
Result<int> stay_in_foreground(pid_t pid, BorrowedFd pidfd, BorrowedFd console);

}  // namespace tare::cmd
