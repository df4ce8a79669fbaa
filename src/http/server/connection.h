// One client's connection: reads requests, calls the handler, sends replies. Boost.Beast parses, in connection.cc only.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "http/server/server.h"

namespace tare::http {

// What all connections of a server share; outlives them.
struct Service {
  Handler handler;
  ServerOptions options;
  std::atomic<bool> stopping = false;
};

// Used by one thread at a time, except for `abort`.
class Connection {
 public:
  Connection(std::unique_ptr<Transport> transport, std::string remote, const Service& service);
  ~Connection();

  enum class Next { kWait, kClose };  // for more requests, or for nothing
  // Serves the requests that have arrived. Call it when the socket is readable.
  Next serve();
  void abort() { transport_->abort(); }

 private:
  struct Exchange;
  struct Input;
  bool serve_one();
  Result<void> send(const Reply& reply, const Exchange& exchange);
  void refuse(const Error& error);
  void linger();

  std::unique_ptr<Transport> transport_;
  std::string remote_;
  const Service& service_;
  std::unique_ptr<Input> input_;  // received, not yet parsed
};

}  // namespace tare::http
