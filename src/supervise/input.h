// The container's standard input: a pipe, or its terminal. Takes bytes only as fast as the container reads them; who
// feeds it stops reading from its own source meanwhile.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "supervise/event_loop.h"

namespace tare::supervise {

class Input {
 public:
  // `on_space` is called when it is ready again after it was not.
  Input(EventLoop& loop, std::function<void()> on_space) : loop_(loop), on_space_(std::move(on_space)) {}

  void open(UniqueFd target);  // of the next run; non-blocking
  // Bytes for a container that does not read any more, or not yet (between two runs), are dropped, as a pipe's are.
  bool ready() const { return pending_.empty(); }
  void push(std::string_view bytes);  // only when ready
  void close();                       // once everything pushed is written; a terminal stays open
  void drop();                        // at once: the container has exited

 private:
  void flush();

  EventLoop& loop_;
  std::function<void()> on_space_;
  UniqueFd target_;
  std::optional<Watch> watch_;
  std::string pending_;
  bool closing_ = false;
};

}  // namespace tare::supervise
