// A connected byte stream, plain or under TLS, with blocking calls that give up when the peer stalls.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/stream.h"

namespace tare::http {

// Used by one thread at a time, except for `abort`.
class Transport {
 public:
  virtual ~Transport() = default;
  // Fills up to buffer.size() bytes; 0 when the peer has closed. kTimeout when it stalls.
  virtual Result<size_t> receive(std::span<std::byte> buffer) = 0;
  virtual Result<void> send(ByteView bytes) = 0;
  virtual Result<void> send_file(BorrowedFd file, uint64_t offset, uint64_t length) = 0;
  // Bytes were received that `receive` has not given yet: waiting for the socket would miss them.
  virtual bool has_buffered() const = 0;
  // No more bytes from us; what the peer still sends can be received.
  virtual void end_sending() = 0;
  // From any thread: every later and current call fails.
  virtual void abort() = 0;
};

// `socket` is non-blocking and stays the caller's, who keeps it open longer than the transport. A single wait for the
// peer takes at most `patience`.
std::unique_ptr<Transport> plain_transport(BorrowedFd socket, std::chrono::milliseconds patience);

// The server's certificate. Shared by all its connections.
class TlsContext {
 public:
  // PEM files; the certificate may be followed by its chain.
  static Result<TlsContext> load(const std::string& certificate, const std::string& key);
  TlsContext(TlsContext&&) noexcept;
  TlsContext& operator=(TlsContext&&) noexcept;
  ~TlsContext();
  // The handshake happens in the first call that needs it.
  Result<std::unique_ptr<Transport>> accept(BorrowedFd socket, std::chrono::milliseconds patience) const;

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tare::http
