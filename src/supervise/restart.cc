#include "supervise/restart.h"

#include <algorithm>

namespace tare::supervise {
namespace {

using namespace std::chrono_literals;

bool wants_restart(const RestartPolicy& policy, const Exit& exit) {
  if (exit.stopped_by_user || policy.when == Restart::kNo) return false;
  if (policy.when != Restart::kOnFailure) return true;
  return exit.code != 0 && (policy.maximum_retries == 0 || exit.restart_count < policy.maximum_retries);
}

}  // namespace

std::optional<nanoseconds> plan_restart(const RestartPolicy& policy, const Exit& exit) {
  if (!wants_restart(policy, exit)) return std::nullopt;
  if (exit.ran_for >= 10s || exit.previous_delay == 0ns) return 100ms;
  return std::min<nanoseconds>(exit.previous_delay * 2, 1min);
}

}  // namespace tare::supervise
