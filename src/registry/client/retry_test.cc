#include "registry/client/retry.h"

#include <gtest/gtest.h>

namespace tare::registry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Retry, DelaysDoubleUpToTheLongestAndEnd) {
  const RetryPolicy policy{.attempts = 5, .first_delay = milliseconds(300), .longest_delay = milliseconds(1000)};
  EXPECT_EQ(plan_retry(policy, 1, {}), milliseconds(300));
  EXPECT_EQ(plan_retry(policy, 2, {}), milliseconds(600));
  EXPECT_EQ(plan_retry(policy, 3, {}), milliseconds(1000));
  EXPECT_EQ(plan_retry(policy, 4, {}), milliseconds(1000));
  EXPECT_EQ(plan_retry(policy, 5, {}), std::nullopt);
}

TEST(Retry, APeerMayAskForPatienceWithinLimits) {
  EXPECT_EQ(plan_retry({}, 1, seconds(7)), milliseconds(7000));
  EXPECT_EQ(plan_retry({}, 1, seconds(3600)), std::nullopt);
}

TEST(Retry, ReadsRetryAfter) {
  const auto at = *parse_rfc3339("2026-11-23T10:00:00Z");
  EXPECT_EQ(parse_retry_after("120", at), milliseconds(120'000));
  EXPECT_EQ(parse_retry_after("Mon, 23 Nov 2026 10:00:30 GMT", at), milliseconds(30'000));
  EXPECT_EQ(parse_retry_after("Mon, 23 Nov 2026 09:00:00 GMT", at), milliseconds(0));
  EXPECT_EQ(parse_retry_after("soon", at), std::nullopt);
  EXPECT_EQ(parse_retry_after("-5", at), std::nullopt);
  EXPECT_EQ(parse_retry_after("99999999999999999999", at), std::nullopt);
}

TEST(Retry, KnowsWhatPasses) {
  for (const int status : {408, 429, 500, 502, 503, 504}) EXPECT_TRUE(is_transient(status)) << status;
  for (const int status : {200, 206, 301, 400, 401, 403, 404, 405, 416, 501})
    EXPECT_FALSE(is_transient(status)) << status;
}

TEST(Retry, AWaitEndsWhenAskedToStop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(wait_for(std::chrono::hours(1), stop.get_token()));
  EXPECT_TRUE(wait_for(milliseconds(0), std::stop_token()));
}

}  // namespace
}  // namespace tare::registry
