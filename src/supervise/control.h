// The supervisor's end of the control socket. Only the same user and root are heard. A connection makes one request
// and gets one answer, which always fits into its socket: a client that reads nothing costs nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "supervise/event_loop.h"
#include "supervise/protocol.h"

namespace tare::supervise {

class Connection {
 public:
  Connection(EventLoop& loop, UniqueFd socket, std::function<void(Connection&)> on_ready);

  // What the client sent: a request and the descriptor with it. An error when it is none or the client is gone.
  Result<Request> receive();
  UniqueFd take_descriptor() { return std::move(descriptor_); }
  bool gone() const { return gone_; }

  void answer(const Result<void>& result);
  void answer_text(std::string_view text);
  void await_exit(Verb verb) { awaited_ = verb; }
  std::optional<Verb> awaited() const { return awaited_; }

 private:
  UniqueFd socket_;
  Watch watch_;
  UniqueFd descriptor_;
  std::optional<Verb> awaited_;  // kStop or kWait: answered when the container has exited
  bool heard_ = false;
  bool gone_ = false;
};

class Control {
 public:
  using Handler = std::function<void(const Request&, Connection&)>;
  // Replaces a socket that a killed supervisor left; the caller holds the lock.
  static Result<std::unique_ptr<Control>> listen(EventLoop& loop, const std::string& path, Handler handler);
  ~Control();

  // Answers everybody who waits for the exit, and listens no more.
  void close(std::string_view final_state);

 private:
  Control(EventLoop& loop, UniqueFd socket, std::string path, Handler handler);
  void accept();
  void serve(Connection& connection);

  EventLoop& loop_;
  UniqueFd socket_;
  Watch watch_;
  std::string path_;
  Handler handler_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Timer sweep_;
};

}  // namespace tare::supervise
