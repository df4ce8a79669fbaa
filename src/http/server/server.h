// An HTTP/1.1 server: one thread waits for all idle connections, a fixed set of workers serves those that have sent
// something, one request at a time each. Handlers may therefore block. Idle keep-alive connections cost no thread.
//
//   auto server = TRY(http::Server::listen({.address = "127.0.0.1:0"}, handler));
//   … server.port() …
//   server.stop();   // or let it go
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "http/server/message.h"
#include "http/server/transport.h"

namespace tare::http {

// Called by several workers at once.
using Handler = std::function<Reply(Request&)>;

// One served request, for a log line.
struct ServedRequest {
  std::string remote;
  std::string method;
  std::string target;
  std::string user_agent;
  int status = 0;
  uint64_t sent = 0;  // bytes of the reply's body
  std::chrono::microseconds duration{};
  std::optional<Error> failure;  // the reply did not reach the client whole
};

struct ServerOptions {
  // "127.0.0.1:5000", "[::1]:5000", "localhost:0"; ":5000" is every address; port 0 picks a free one.
  std::string address;
  std::optional<TlsContext> tls;
  int workers = 32;                                   // slow clients hold one each
  std::chrono::milliseconds patience{60'000};         // with a client that stalls in the middle of a request
  std::chrono::milliseconds idle_limit{180'000};      // between requests
  std::chrono::milliseconds stop_patience{10'000};    // for requests under way when the server stops
  std::function<void(const ServedRequest&)> observe;  // called by several workers at once; may be empty
};

class Server {
 public:
  // Listens and serves at once, in threads of its own with all signals blocked.
  static Result<Server> listen(ServerOptions options, Handler handler);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();  // stops

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:5000"
  // Refuses new connections, lets requests under way end (up to stop_patience), then cuts them off. Idempotent.
  void stop();

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tare::http
