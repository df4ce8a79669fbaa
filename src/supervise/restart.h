// Whether and when a container that has exited is started again: Docker's rules.
#pragma once

#include <chrono>
#include <optional>

#include "supervise/config.h"

namespace tare::supervise {

using std::chrono::nanoseconds;

struct Exit {
  int code = 0;
  bool stopped_by_user = false;
  int restart_count = 0;  // so far
  nanoseconds ran_for{};
  nanoseconds previous_delay{};  // 0: it was the first run
};

// How long to wait before the next start; nothing: it has exited for good. The delay starts at 100 ms, doubles up to
// a minute, and starts over after a run of ten seconds or more.
std::optional<nanoseconds> plan_restart(const RestartPolicy& policy, const Exit& exit);

}  // namespace tare::supervise
