// inotify(7) on one directory: a descriptor that becomes readable when something in it was written, made or renamed.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

class DirectoryWatch {
 public:
  static Result<DirectoryWatch> open(const std::string& path);
  BorrowedFd fd() const { return fd_; }
  // Forgets what was told so far; what changes after this call is told again.
  void drain();

 private:
  explicit DirectoryWatch(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace tare::os
