// Descriptors: UniqueFd owns one, BorrowedFd lends it for the length of a call.
#pragma once

#include <unistd.h>

#include <utility>

namespace tare {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);  // an error here has no one to act on it: data was synced before if it mattered
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// Valid only while the owner lives. Made from a number only for 0, 1, 2, AT_FDCWD and inherited descriptors.
class BorrowedFd {
 public:
  BorrowedFd(const UniqueFd& owner) : fd_(owner.get()) {}
  explicit BorrowedFd(int fd) : fd_(fd) {}
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace tare
