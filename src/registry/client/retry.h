// When to try again, and after how long. Bounded in number and time: a user waits for this.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace tare::registry {

struct RetryPolicy {
  int attempts = 5;
  std::chrono::milliseconds first_delay{300};  // doubled each time
  std::chrono::milliseconds longest_delay{10'000};
  std::chrono::milliseconds longest_asked{60'000};  // what a Retry-After may ask for
};

bool is_transient(int status);  // 408, 429, 500, 502, 503, 504
bool is_transient(const Error& error);

// Seconds or an HTTP date (RFC 9110, 10.2.3); nothing for anything else.
std::optional<std::chrono::milliseconds> parse_retry_after(const std::string& value, TimePoint at);

// The wait after the `failed`th attempt; nothing when that was the last. A peer that asks for more than the policy
// allows is not waited for.
std::optional<std::chrono::milliseconds> plan_retry(const RetryPolicy& policy, int failed,
                                                    std::optional<std::chrono::milliseconds> asked);

// False when asked to stop meanwhile.
bool wait_for(std::chrono::milliseconds delay, const std::stop_token& stop);

}  // namespace tare::registry
