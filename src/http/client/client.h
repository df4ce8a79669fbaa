// An HTTP client for programs that block: send() returns when the headers are there, and the body is then read as it
// is needed. What the reader does not take waits in the peer: memory is bounded by one buffer per response.
//
//   auto response = TRY(client.send({.url = "https://registry.example/v2/"}));
//   auto text = TRY(read_all(*response.body, 65536));
//
// HTTP/1.1 only: one connection carries one transfer, so that a slow layer never holds up another, and the kernel's
// socket buffer is the back-pressure. Connections are kept for the next request to the same peer.
// Callers ignore SIGPIPE: OpenSSL writes to sockets without MSG_NOSIGNAL.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/stream.h"
#include "http/client/headers.h"

namespace tare::http {

struct TlsOptions {
  std::string ca_file;  // PEM; trusted beside the system's authorities
  std::string client_certificate;
  std::string client_key;
  bool insecure = false;  // any certificate will do
  bool operator==(const TlsOptions&) const = default;
};

struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers;
  ByteSource* body = nullptr;         // read once, during send()
  std::optional<uint64_t> body_size;  // nothing: sent in chunks (Transfer-Encoding: chunked)
  TlsOptions tls;
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::milliseconds stall_timeout{60'000};  // without a byte in either direction
  std::stop_token stop;  // a request to stop ends send() and body->read() with kCancelled, from any thread
};

struct Response {
  int status = 0;
  Headers headers;
  std::string url;                   // where it came from in the end, after redirects
  std::unique_ptr<ByteSource> body;  // may outlive the Client; dropping it early closes the connection
};

// Safe for use by several threads at once.
class Client {
 public:
  explicit Client(std::string user_agent);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // One request, one response of any status; redirects are the caller's to see.
  // Fails with kUnavailable (refused, unresolved, broken off, timed out), kPermissionDenied (TLS: not trusted),
  // kCancelled, or the body source's own error. Texts name the URL's host and the cause.
  Result<Response> send(const Request& request);
  // Follows redirects of GET and HEAD as plan_redirect (redirect.h) allows.
  Result<Response> send_following(const Request& request);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tare::http
