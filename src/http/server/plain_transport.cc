// Plain TCP: the kernel copies files into the socket by itself.
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>

#include "http/server/await_socket.h"
#include "http/server/transport.h"

namespace tare::http {
namespace {

class PlainTransport : public Transport {
 public:
  PlainTransport(BorrowedFd socket, std::chrono::milliseconds patience) : socket_(socket), patience_(patience) {}

  Result<size_t> receive(std::span<std::byte> buffer) override {
    return repeat(POLLIN, "receive", [&] { return ::recv(socket_.get(), buffer.data(), buffer.size(), 0); });
  }

  Result<void> send(ByteView bytes) override {
    while (!bytes.empty()) {
      const size_t count =
          TRY(repeat(POLLOUT, "send", [&] { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }));
      bytes = bytes.subspan(count);
    }
    return {};
  }

  // SIGPIPE: sendfile has no MSG_NOSIGNAL; the server's threads have it blocked.
  Result<void> send_file(BorrowedFd file, uint64_t offset, uint64_t length) override {
    auto position = static_cast<off_t>(offset);
    while (length > 0) {
      const size_t wanted = std::min<uint64_t>(length, uint64_t{1} << 30);
      const size_t count =
          TRY(repeat(POLLOUT, "send file", [&] { return ::sendfile(socket_.get(), file.get(), &position, wanted); }));
      if (count == 0) return Failure(ErrorKind::kCorrupt, "send file: it is {} bytes shorter than it was", length);
      length -= count;
    }
    return {};
  }

  bool has_buffered() const override { return false; }
  void end_sending() override { ::shutdown(socket_.get(), SHUT_WR); }
  void abort() override { ::shutdown(socket_.get(), SHUT_RDWR); }

 private:
  // Tries first and waits only when the kernel says so: most calls need no poll.
  template <typename Call>
  Result<size_t> repeat(short events, std::string_view operation, Call call) {
    while (true) {
      const ssize_t count = os::retry_interrupted(call);
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EAGAIN) return os::last_error(operation, "connection").with_kind(ErrorKind::kUnavailable);
      TRY(await_socket(socket_, events, patience_));
    }
  }

  BorrowedFd socket_;
  std::chrono::milliseconds patience_;
};

}  // namespace

std::unique_ptr<Transport> plain_transport(BorrowedFd socket, std::chrono::milliseconds patience) {
  return std::make_unique<PlainTransport>(socket, patience);
}

}  // namespace tare::http
