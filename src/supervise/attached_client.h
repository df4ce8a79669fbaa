// One attached client. It costs the container nothing but its own slowness, and that only for a moment:
//
//   live ──socket full──▶ holding ──nothing read for a second──▶ lagging ──reads again──▶ catching up ──▶ live
//
// While a client is holding or catching up, the container's output is not read, so a client that keeps reading loses
// nothing, however slow. A lagging client holds nobody: what it misses is read from the log when it comes back (without
// a log, it is disconnected instead). Memory: a frame or a batch of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "logs/cursor.h"
#include "logs/writer.h"
#include "supervise/event_loop.h"
#include "supervise/protocol.h"

namespace tare::supervise {

class Input;
class AttachedClient;

// Where the log is read by clients that fall behind; no writer: nothing is kept.
struct LogAccess {
  logs::Writer* writer = nullptr;
  std::string directory;
};

class ClientOwner {
 public:
  virtual void pace_changed() = 0;                       // holds() or gone() of some client may have changed
  virtual void input_ended(AttachedClient& client) = 0;  // the client will send nothing more; told once

 protected:
  ~ClientOwner() = default;
};

class AttachedClient {
 public:
  // `input`: where what the client sends goes; nullptr: nowhere.
  AttachedClient(EventLoop& loop, UniqueFd socket, Input* input, const LogAccess& log, ClientOwner& owner);

  void deliver(FrameStream stream, std::string_view bytes);
  // Everything has been delivered: the exit frame, and good bye. A client that reads nothing for ten seconds then
  // is not waited for.
  void finish(std::string_view exit_payload);
  void input_ready() { update_interest(); }

  bool holds() const { return pace_ == Pace::kHolding || pace_ == Pace::kCatchingUp; }
  bool gone() const { return pace_ == Pace::kGone; }

 private:
  enum class Pace { kLive, kHolding, kLagging, kCatchingUp, kGone };

  void on_ready(uint32_t events);
  void read_input();
  void end_input();
  void flush();
  bool send_pending();
  bool refill();
  bool refill_record();
  void catch_up();
  void fall_behind();
  void lose_patience();
  void set_pace(Pace pace);
  void leave() { set_pace(Pace::kGone); }
  void update_interest();

  EventLoop& loop_;
  UniqueFd socket_;
  Watch watch_;
  Timer patience_;
  Input* input_;
  const LogAccess& log_;
  ClientOwner& owner_;
  Pace pace_ = Pace::kLive;
  std::string pending_;                          // frames that the socket has not taken
  size_t sent_ = 0;                              // of pending_
  std::unique_ptr<logs::ForwardCursor> cursor_;  // lagging and catching up: what comes after `pending_`
  std::optional<std::string> exit_frame_;
  bool finishing_ = false;  // no more frames after the pending ones
  bool exited_ = false;
  bool input_ended_ = false;
};

}  // namespace tare::supervise
