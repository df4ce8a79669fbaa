#include "supervise/event_loop.h"

#include <algorithm>

#include "os/error.h"

namespace tare::supervise {
namespace {

constexpr std::chrono::seconds kQuiet(1);

}  // namespace

Result<EventLoop> EventLoop::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return os::last_error("create", "epoll");
  return EventLoop(std::move(epoll));
}

// One event per call of epoll_wait: a handler may destroy any watch, and no stale event of it can be in our hands. The
// kernel hands out ready descriptors in turn, so none starves.
void EventLoop::run_until(const std::function<bool()>& done) {
  while (!done()) {
    const auto now = Clock::now();
    epoll_event event{};
    const int timeout = milliseconds_to_wait(now);
    // Nothing between here and the wait: what runs now is what an idle process keeps in memory.
    rest_if_due(now);
    const int count = ::epoll_wait(epoll_.get(), &event, 1, timeout);
    if (std::exchange(rested_, false)) busy_since_ = Clock::now();
    if (count == 1) {
      const auto handler = static_cast<Watch*>(event.data.ptr)->handler_;
      handler(event.events);
    }
    run_due_timer();
  }
}

int EventLoop::milliseconds_to_wait(Clock::time_point now) const {
  auto first = Clock::time_point::max();
  for (const Timer* timer : timers_) first = std::min(first, timer->due_);
  const bool will_rest = rest_ && !rested_ && now < busy_since_ + kQuiet;
  if (will_rest) first = std::min(first, busy_since_ + kQuiet);
  if (first == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - now).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

void EventLoop::rest_if_due(Clock::time_point now) {
  if (!rest_ || rested_ || now < busy_since_ + kQuiet) return;
  rested_ = true;
  rest_();
}

void EventLoop::run_due_timer() {
  if (timers_.empty()) return;
  const auto now = Clock::now();
  const auto due = std::find_if(timers_.begin(), timers_.end(), [&](const Timer* timer) { return timer->due_ <= now; });
  if (due == timers_.end()) return;
  Timer* timer = *due;
  timer->stop();
  const auto handler = timer->handler_;
  handler();
}

void Watch::want(uint32_t events) {
  if (registered_ && events == events_) return;
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  // Fails only for a descriptor that cannot be waited for, which no caller has.
  ::epoll_ctl(loop_.epoll_.get(), registered_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd_.get(), &event);
  registered_ = true;
  events_ = events;
}

void Watch::stop() {
  if (registered_) ::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
  registered_ = false;
}

void Timer::start(nanoseconds delay) {
  stop();
  due_ = EventLoop::Clock::now() + delay;
  loop_.timers_.push_back(this);
}

void Timer::stop() { std::erase(loop_.timers_, this); }

}  // namespace tare::supervise
