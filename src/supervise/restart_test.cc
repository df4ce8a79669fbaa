#include "supervise/restart.h"

#include <gtest/gtest.h>

namespace tare::supervise {
namespace {

using namespace std::chrono_literals;

TEST(PlanRestart, FollowsThePolicy) {
  EXPECT_FALSE(plan_restart({Restart::kNo}, {.code = 1}));
  EXPECT_TRUE(plan_restart({Restart::kAlways}, {.code = 0}));
  EXPECT_TRUE(plan_restart({Restart::kUnlessStopped}, {.code = 0}));
  EXPECT_TRUE(plan_restart({Restart::kOnFailure}, {.code = 1}));
  EXPECT_FALSE(plan_restart({Restart::kOnFailure}, {.code = 0}));
}

TEST(PlanRestart, AUsersStopIsFinal) {
  for (const Restart when : {Restart::kOnFailure, Restart::kAlways, Restart::kUnlessStopped}) {
    EXPECT_FALSE(plan_restart({when}, {.code = 137, .stopped_by_user = true}));
  }
}

TEST(PlanRestart, OnFailureGivesUpAfterItsRetries) {
  EXPECT_TRUE(plan_restart({Restart::kOnFailure, 3}, {.code = 1, .restart_count = 2}));
  EXPECT_FALSE(plan_restart({Restart::kOnFailure, 3}, {.code = 1, .restart_count = 3}));
  EXPECT_TRUE(plan_restart({Restart::kOnFailure, 0}, {.code = 1, .restart_count = 1000}));
}

TEST(PlanRestart, TheDelayDoublesUpToAMinuteAndStartsOver) {
  nanoseconds delay = 0ns;
  for (const nanoseconds expected : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 51200ms}) {
    delay = *plan_restart({Restart::kAlways}, {.ran_for = 1s, .previous_delay = delay});
    EXPECT_EQ(delay, expected);
  }
  EXPECT_EQ(plan_restart({Restart::kAlways}, {.ran_for = 1s, .previous_delay = delay}), nanoseconds(1min));
  EXPECT_EQ(plan_restart({Restart::kAlways}, {.ran_for = 1s, .previous_delay = 1min}), nanoseconds(1min));
  EXPECT_EQ(plan_restart({Restart::kAlways}, {.ran_for = 10s, .previous_delay = 1min}), nanoseconds(100ms));
}

}  // namespace
}  // namespace tare::supervise
