#include "engine/id_range.h"

#include <gtest/gtest.h>

namespace tare::engine {
namespace {

constexpr os::SubordinateIds kPool = {1000, 300};

TEST(IdRange, StartsAtTheBeginningOfThePool) { EXPECT_EQ(find_free_ids(kPool, {}, 100), 1000u); }

TEST(IdRange, FillsTheFirstGapThatIsLargeEnough) {
  EXPECT_EQ(find_free_ids(kPool, {{1000, 100}, {1200, 100}}, 100), 1100u);
  EXPECT_EQ(find_free_ids(kPool, {{1200, 50}, {1000, 150}}, 50), 1150u);
  EXPECT_EQ(find_free_ids(kPool, {{1050, 50}}, 60), 1100u);
}

TEST(IdRange, NeverLeavesThePool) {
  EXPECT_EQ(find_free_ids(kPool, {}, 301), std::nullopt);
  EXPECT_EQ(find_free_ids(kPool, {{1000, 300}}, 1), std::nullopt);
  EXPECT_EQ(find_free_ids({0xfffffff0, 15}, {}, 16), std::nullopt);
}

// The pool's file may have changed since they were taken.
TEST(IdRange, RespectsRangesOfAnEarlierPool) {
  EXPECT_EQ(find_free_ids(kPool, {{0, 1100}}, 100), 1100u);
  EXPECT_EQ(find_free_ids(kPool, {{50'000, 1000}}, 300), 1000u);
}

}  // namespace
}  // namespace tare::engine
