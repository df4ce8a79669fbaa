// Reads and writes that may move less than asked, for event loops: what happened is a value, not an Error, because
// "not now" and "the other end is gone" are everyday outcomes there.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "base/fd.h"

namespace tare::os {

struct Transfer {
  size_t bytes = 0;
  enum class Outcome {
    kMoved,       // `bytes` of them; reading gives at least one
    kWouldBlock,  // a non-blocking descriptor is not ready
    kEnded,       // end of file, a closed pipe, a terminal whose other side is gone
    kFailed,      // `error` says why
  } outcome = Outcome::kMoved;
  int error = 0;
  bool moved() const { return outcome == Outcome::kMoved; }
};

Transfer read_some(BorrowedFd fd, std::span<char> buffer);
Transfer read_at(BorrowedFd fd, std::span<char> buffer, uint64_t offset);  // pread(2)
Transfer write_some(BorrowedFd fd, std::string_view bytes);
Transfer write_vector(BorrowedFd fd, std::span<const iovec> parts);  // writev(2)
// send(2) without SIGPIPE and without waiting, whatever the socket's flags.
Transfer send_some(BorrowedFd socket, std::string_view bytes);
Transfer send_vector(BorrowedFd socket, std::span<const iovec> parts);

void set_nonblocking(BorrowedFd fd);

}  // namespace tare::os
