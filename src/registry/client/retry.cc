#include "registry/client/retry.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "http/client/date.h"

namespace tare::registry {

bool is_transient(int status) {
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

bool is_transient(const Error& error) { return error.kind() == ErrorKind::kUnavailable; }

std::optional<std::chrono::milliseconds> parse_retry_after(const std::string& value, TimePoint at) {
  using std::chrono::milliseconds;
  constexpr unsigned long long kYear = 365ULL * 24 * 3600;
  if (const auto seconds = parse_unsigned(value)) {
    return *seconds <= kYear ? std::optional(milliseconds(*seconds * 1000)) : std::nullopt;
  }
  const auto date = http::parse_http_date(value);
  if (!date) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(*date - at));
}

std::optional<std::chrono::milliseconds> plan_retry(const RetryPolicy& policy, int failed,
                                                    std::optional<std::chrono::milliseconds> asked) {
  if (failed >= policy.attempts) return std::nullopt;
  if (asked) return *asked <= policy.longest_asked ? asked : std::nullopt;
  auto delay = policy.first_delay;
  for (int attempt = 1; attempt < failed && delay < policy.longest_delay; ++attempt) delay *= 2;
  return std::min(delay, policy.longest_delay);
}

bool wait_for(std::chrono::milliseconds delay, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, stop, delay, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace tare::registry
