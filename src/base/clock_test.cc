#include "base/clock.h"

#include <gtest/gtest.h>

namespace tare {
namespace {

using namespace std::chrono_literals;

TEST(Clock, WritesWhatItReads) {
  const auto time = parse_rfc3339("2026-11-23T10:00:00.5+02:00");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_rfc3339_nano(*time), "2026-11-23T08:00:00.500000000Z");
  EXPECT_EQ(parse_rfc3339(format_rfc3339_nano(*time)), time);
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* wrong : {"", "2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z", "2026-01-01T10:00:00.Z"}) {
    EXPECT_FALSE(parse_rfc3339(wrong)) << wrong;
  }
}

TEST(Clock, ReadsGoDurations) {
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("-2s"), -2s);
  for (const char* wrong : {"", "10", "s", "1x", "1h-1m"}) EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(Clock, SpeaksOfDurationsAsDockerDoes) {
  EXPECT_EQ(format_human_duration(0s), "Less than a second");
  EXPECT_EQ(format_human_duration(65s), "About a minute");
  EXPECT_EQ(format_human_duration(3h), "3 hours");
  EXPECT_EQ(format_human_duration(24h * 20), "2 weeks");
}

}  // namespace
}  // namespace tare
