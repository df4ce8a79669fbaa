#include "supervise/health.h"

#include <gmock/gmock.h>

namespace tare::supervise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TimePoint at(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }
ProbeResult result(int seconds, int exit_code) { return {at(seconds), at(seconds), exit_code, "said"}; }

TEST(Health, SuccessIsHealthyAndEnoughFailuresAreNot) {
  Health health({.retries = 2}, at(0));
  EXPECT_EQ(health.status(), "starting");
  health.add(result(1, 1));
  EXPECT_EQ(health.status(), "starting");
  health.add(result(2, 0));
  EXPECT_EQ(health.status(), "healthy");
  health.add(result(3, 1));
  EXPECT_EQ(health.status(), "healthy");
  health.add(result(4, -1));
  EXPECT_EQ(health.status(), "unhealthy");
  health.add(result(5, 0));
  EXPECT_EQ(health.status(), "healthy");
}

TEST(Health, FailuresInTheStartPeriodDoNotCount) {
  Health health({.start_period = 10'000'000'000, .retries = 1}, at(0));
  health.add(result(9, 1));
  EXPECT_EQ(health.status(), "starting");
  health.add(result(10, 1));
  EXPECT_EQ(health.status(), "unhealthy");
}

TEST(Health, ASuccessEndsTheStartPeriod) {
  Health health({.start_period = 10'000'000'000, .retries = 1}, at(0));
  health.add(result(1, 0));
  health.add(result(2, 1));
  EXPECT_EQ(health.status(), "unhealthy");
}

TEST(Health, KeepsTheLastResultsInDockersShape) {
  Health health({}, at(0));
  for (int index = 0; index < 20; ++index) health.add(result(index, index));
  EXPECT_THAT(health.to_json(), HasSubstr(R"("ExitCode":19)"));
  EXPECT_THAT(health.to_json(), HasSubstr(R"("ExitCode":15)"));
  EXPECT_THAT(health.to_json(), Not(HasSubstr(R"("ExitCode":14)")));
  EXPECT_THAT(health.to_json(), HasSubstr(R"("FailingStreak":19)"));
}

TEST(PlanProbe, UnderstandsTheFormsOfATest) {
  EXPECT_THAT(plan_probe({.test = {"CMD", "curl", "x y"}}), ElementsAre("curl", "x y"));
  EXPECT_THAT(plan_probe({.test = {"CMD-SHELL", "a && b"}}), ElementsAre("/bin/sh", "-c", "a && b"));
  EXPECT_THAT(plan_probe({.test = {"NONE"}}), IsEmpty());
  EXPECT_THAT(plan_probe({}), IsEmpty());
  EXPECT_EQ(probe_interval({}), std::chrono::seconds(30));
  EXPECT_EQ(probe_timeout({.timeout = 5}), std::chrono::nanoseconds(5));
}

}  // namespace
}  // namespace tare::supervise
