// tmpcopyup: a tmpfs that begins with what the image has at its mount point.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::runtime {

// Copies directories, regular files and symlinks with owner and mode; follows no symlink. Other kinds are left out.
Result<void> copy_up(BorrowedFd from, BorrowedFd to, const std::string& name);

}  // namespace tare::runtime
