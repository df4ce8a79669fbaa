// One thread that waits for descriptors and deadlines. Handlers may create and destroy watches and timers, their own
// too, but touch nothing of what they destroyed afterwards.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::supervise {

using std::chrono::nanoseconds;

class Watch;
class Timer;

class EventLoop {
 public:
  static Result<EventLoop> create();
  void run_until(const std::function<bool()>& done);
  // Called right before waiting, a second after something happened, once until something happens again.
  void on_rest(std::function<void()> handler) { rest_ = std::move(handler); }

 private:
  friend class Watch;
  friend class Timer;
  using Clock = std::chrono::steady_clock;

  explicit EventLoop(UniqueFd epoll) : epoll_(std::move(epoll)) {}
  int milliseconds_to_wait(Clock::time_point now) const;
  void run_due_timer();
  void rest_if_due(Clock::time_point now);

  UniqueFd epoll_;
  std::vector<Timer*> timers_;  // the running ones; a handful
  std::function<void()> rest_;
  bool rested_ = false;
  Clock::time_point busy_since_ = Clock::now();
};

// Interest in a descriptor, which must outlive it. It starts without any.
class Watch {
 public:
  using Handler = std::function<void(uint32_t events)>;
  Watch(EventLoop& loop, BorrowedFd fd, Handler handler) : loop_(loop), fd_(fd), handler_(std::move(handler)) {}
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Events of epoll(7). EPOLLHUP and EPOLLERR are always told, also with 0.
  void want(uint32_t events);
  void stop();  // tells nothing any more, not even EPOLLHUP, until want()

 private:
  friend class EventLoop;
  EventLoop& loop_;
  BorrowedFd fd_;
  Handler handler_;
  uint32_t events_ = 0;
  bool registered_ = false;
};

class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> handler) : loop_(loop), handler_(std::move(handler)) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(nanoseconds delay);  // anew, if it is running
  void stop();

 private:
  friend class EventLoop;
  EventLoop& loop_;
  std::function<void()> handler_;
  EventLoop::Clock::time_point due_;
};

}  // namespace tare::supervise
