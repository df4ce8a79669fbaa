// TLS by OpenSSL directly on the non-blocking socket: SSL_read and SSL_write say what to wait for.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <vector>

#include "http/server/await_socket.h"
#include "http/server/transport.h"

namespace tare::http {
namespace {

std::string openssl_reason() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

class TlsTransport : public Transport {
 public:
  TlsTransport(SSL* session, BorrowedFd socket, std::chrono::milliseconds patience)
      : session_(session, ::SSL_free), socket_(socket), patience_(patience) {}

  Result<size_t> receive(std::span<std::byte> buffer) override {
    return repeat("receive", [&](size_t* count) {
      return ::SSL_read_ex(session_.get(), buffer.data(), std::min<size_t>(buffer.size(), INT_MAX), count);
    });
  }

  Result<void> send(ByteView bytes) override {
    while (!bytes.empty()) {
      const size_t count = TRY(repeat("send", [&](size_t* done) {
        return ::SSL_write_ex(session_.get(), bytes.data(), std::min<size_t>(bytes.size(), INT_MAX), done);
      }));
      bytes = bytes.subspan(count);
    }
    return {};
  }

  Result<void> send_file(BorrowedFd file, uint64_t offset, uint64_t length) override {
    std::vector<std::byte> buffer(size_t{256} << 10);
    while (length > 0) {
      const size_t wanted = std::min<uint64_t>(length, buffer.size());
      const ssize_t count =
          os::retry_interrupted([&] { return ::pread(file.get(), buffer.data(), wanted, static_cast<off_t>(offset)); });
      if (count < 0) return os::last_error("read", "file to send");
      if (count == 0) return Failure(ErrorKind::kCorrupt, "send file: it is {} bytes shorter than it was", length);
      TRY(send(ByteView(buffer).first(static_cast<size_t>(count))));
      offset += static_cast<uint64_t>(count);
      length -= static_cast<uint64_t>(count);
    }
    return {};
  }

  bool has_buffered() const override { return ::SSL_has_pending(session_.get()) == 1; }

  void end_sending() override {
    ::SSL_shutdown(session_.get());
    ::ERR_clear_error();
    ::shutdown(socket_.get(), SHUT_WR);
  }

  void abort() override { ::shutdown(socket_.get(), SHUT_RDWR); }

 private:
  template <typename Call>
  Result<size_t> repeat(std::string_view operation, Call call) {
    while (true) {
      size_t count = 0;
      const int done = call(&count);
      if (done == 1) return count;
      switch (::SSL_get_error(session_.get(), done)) {
        case SSL_ERROR_WANT_READ:
          TRY(await_socket(socket_, POLLIN, patience_));
          break;
        case SSL_ERROR_WANT_WRITE:
          TRY(await_socket(socket_, POLLOUT, patience_));
          break;
        case SSL_ERROR_ZERO_RETURN:
          return size_t{0};
        default:
          return Failure(ErrorKind::kUnavailable, "{} over TLS: {}", operation, openssl_reason());
      }
    }
  }

  std::unique_ptr<SSL, void (*)(SSL*)> session_;
  BorrowedFd socket_;
  std::chrono::milliseconds patience_;
};

}  // namespace

struct TlsContext::State {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free};
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext& TlsContext::operator=(TlsContext&&) noexcept = default;
TlsContext::~TlsContext() = default;

Result<TlsContext> TlsContext::load(const std::string& certificate, const std::string& key) {
  auto state = std::make_unique<State>();
  SSL_CTX* context = state->context.get();
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A write may be continued from another address: our buffers move.
  ::SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return Failure(ErrorKind::kInvalidArgument, "load TLS certificate {}: {}", certificate, openssl_reason());
  }
  if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Failure(ErrorKind::kInvalidArgument, "load TLS key {}: {}", key, openssl_reason());
  }
  if (::SSL_CTX_check_private_key(context) != 1) {
    return Failure(ErrorKind::kInvalidArgument, "TLS key {} does not belong to certificate {}", key, certificate);
  }
  return TlsContext(std::move(state));
}

Result<std::unique_ptr<Transport>> TlsContext::accept(BorrowedFd socket, std::chrono::milliseconds patience) const {
  SSL* session = ::SSL_new(state_->context.get());
  if (session == nullptr || ::SSL_set_fd(session, socket.get()) != 1) {
    ::SSL_free(session);
    return Failure(ErrorKind::kExhausted, "new TLS session: {}", openssl_reason());
  }
  ::SSL_set_accept_state(session);
  return std::unique_ptr<Transport>(std::make_unique<TlsTransport>(session, socket, patience));
}

}  // namespace tare::http
