// All attached clients of a container.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "supervise/attached_client.h"
#include "supervise/input.h"

namespace tare::supervise {

class AttachedClients final : public ClientOwner {
 public:
  struct Options {
    LogAccess log;
    bool close_input_with_client = false;  // stdin_once
    std::function<void()> on_change;       // holding() or empty() may have changed
  };
  AttachedClients(EventLoop& loop, Options options);

  Input& input() { return input_; }
  void add(UniqueFd socket, bool with_stdin);
  void deliver(FrameStream stream, std::string_view bytes);
  void finish(std::string_view exit_payload);
  bool holding() const;
  bool empty() const { return clients_.empty(); }

 private:
  void pace_changed() override { sweep_.start(nanoseconds(0)); }
  void input_ended(AttachedClient& client) override;
  void sweep();

  EventLoop& loop_;
  Options options_;
  Input input_;
  std::vector<std::unique_ptr<AttachedClient>> clients_;
  Timer sweep_;  // a client tells of its change from within; what follows is done from outside
};

}  // namespace tare::supervise
