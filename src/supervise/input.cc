#include "supervise/input.h"

#include "os/transfer.h"

namespace tare::supervise {

void Input::open(UniqueFd target) {
  drop();
  target_ = std::move(target);
  os::set_nonblocking(target_);
  watch_.emplace(loop_, target_, [this](uint32_t) { flush(); });
}

void Input::push(std::string_view bytes) {
  if (!target_.valid()) return;
  pending_ = bytes;
  flush();
}

void Input::close() {
  closing_ = true;
  if (pending_.empty()) drop();
}

void Input::drop() {
  watch_.reset();
  target_.reset();
  pending_.clear();
  closing_ = false;
}

void Input::flush() {
  const bool was_waiting = !pending_.empty();
  while (!pending_.empty()) {
    const auto result = os::write_some(target_, pending_);
    if (result.outcome == os::Transfer::Outcome::kWouldBlock) {
      watch_->want(EPOLLOUT);
      return;
    }
    if (!result.moved()) {  // nobody reads it any more
      drop();
      break;
    }
    pending_.erase(0, result.bytes);
  }
  if (watch_) watch_->stop();
  if (closing_) drop();
  if (was_waiting) on_space_();
}

}  // namespace tare::supervise
