#include "os/transfer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/error.h"

namespace tare::os {
namespace {

Transfer describe(ssize_t count, bool zero_is_end) {
  if (count > 0 || (count == 0 && !zero_is_end)) return {.bytes = static_cast<size_t>(count)};
  if (count == 0) return {.outcome = Transfer::Outcome::kEnded};
  const int number = errno;
  if (number == EAGAIN) return {.outcome = Transfer::Outcome::kWouldBlock};
  // EIO: the last process with the slave side of a terminal is gone.
  if (number == EPIPE || number == ECONNRESET || number == EIO) {
    return {.outcome = Transfer::Outcome::kEnded, .error = number};
  }
  return {.outcome = Transfer::Outcome::kFailed, .error = number};
}

}  // namespace

Transfer read_some(BorrowedFd fd, std::span<char> buffer) {
  return describe(retry_interrupted([&] { return ::read(fd.get(), buffer.data(), buffer.size()); }), true);
}

Transfer read_at(BorrowedFd fd, std::span<char> buffer, uint64_t offset) {
  return describe(
      retry_interrupted([&] { return ::pread(fd.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset)); }),
      true);
}

Transfer write_some(BorrowedFd fd, std::string_view bytes) {
  return describe(retry_interrupted([&] { return ::write(fd.get(), bytes.data(), bytes.size()); }), false);
}

Transfer write_vector(BorrowedFd fd, std::span<const iovec> parts) {
  return describe(retry_interrupted([&] { return ::writev(fd.get(), parts.data(), static_cast<int>(parts.size())); }),
                  false);
}

Transfer send_some(BorrowedFd socket, std::string_view bytes) {
  return describe(
      retry_interrupted([&] { return ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT); }),
      false);
}

Transfer send_vector(BorrowedFd socket, std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return describe(retry_interrupted([&] { return ::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT); }),
                  false);
}

void set_nonblocking(BorrowedFd fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

}  // namespace tare::os
