// Runs a container's health check at its interval, as one more process of the container.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "os/process.h"
#include "supervise/config.h"
#include "supervise/event_loop.h"
#include "supervise/health.h"
#include "supervise/launch.h"

namespace tare::supervise {

class HealthMonitor {
 public:
  // `on_result` after each probe; health().status() may have changed.
  HealthMonitor(EventLoop& loop, const Config& config, std::function<void()> on_result);

  void start(const Launched& launched);  // of one run of the container
  void stop();
  const Health* health() const { return health_ ? &*health_ : nullptr; }  // nullptr: no check, or not running

 private:
  struct Probe {
    os::Child child;
    UniqueFd output;
    TimePoint started;
    std::string text;
    bool timed_out = false;
    std::optional<Watch> ended_watch;
    std::optional<Watch> output_watch;
  };

  void begin();
  Result<void> execute();
  void read_output();
  void time_out();
  void end();
  void record(ProbeResult result);

  EventLoop& loop_;
  const Config& config_;
  std::function<void()> on_result_;
  std::vector<std::string> command_;
  std::optional<Health> health_;
  const Launched* launched_ = nullptr;
  std::unique_ptr<Probe> probe_;
  Timer interval_;
  Timer timeout_;
};

}  // namespace tare::supervise
