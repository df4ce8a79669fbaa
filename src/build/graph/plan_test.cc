#include "build/graph/plan.h"

#include <gtest/gtest.h>

namespace tare::build {
namespace {

constexpr std::string_view kStages =
    "ARG BASE=debian\n"
    "FROM $BASE AS base\n"
    "FROM base AS build\n"
    "FROM base AS unused\n"
    "FROM golang AS tools\n"
    "FROM scratch\n"
    "COPY --from=build /a /a\n"
    "RUN --mount=type=bind,from=tools,target=/t x\n"
    "COPY --from=busybox /b /b\n";

Result<StagePlan> plan(std::string_view text, const std::string& target = "", const BuildArguments& given = {}) {
  const auto file = TRY(parse_dockerfile("Dockerfile", text));
  const auto global = TRY(GlobalScope::create(file, given, oci::Platform::host()));
  return plan_stages(file, global, target, oci::Platform::host());
}

std::vector<size_t> indices(const StagePlan& plan) {
  std::vector<size_t> result;
  for (const auto& stage : plan.stages) result.push_back(stage.index);
  return result;
}

TEST(StagePlan, HasOnlyWhatTheTargetNeeds) {
  const auto whole = plan(kStages).value();
  EXPECT_EQ(indices(whole), (std::vector<size_t>{0, 1, 3, 4}));
  EXPECT_EQ(whole.stages.back().needs, (std::vector<size_t>{1, 3}));
  EXPECT_EQ(whole.stages[0].base, "debian");
  EXPECT_EQ(whole.stages[1].base_stage, std::optional<size_t>(0));
  EXPECT_EQ(indices(plan(kStages, "build").value()), (std::vector<size_t>{0, 1}));
  EXPECT_EQ(indices(plan(kStages, "2").value()), (std::vector<size_t>{0, 2}));
}

TEST(StagePlan, BuildArgsReachFrom) {
  EXPECT_EQ(plan(kStages, "base", {{"BASE", "alpine"}}).value().stages[0].base, "alpine");
}

TEST(StagePlan, ErrorsNameWhatIsWrong) {
  EXPECT_NE(plan(kStages, "bild").error().text().find("did you mean build?"), std::string::npos);
  EXPECT_NE(plan("ARG X\nFROM $X\n").error().text().find("Dockerfile:2: base name ($X)"), std::string::npos);
  EXPECT_EQ(plan("FROM --platform=linux/s390x a\n").error().kind(), ErrorKind::kUnsupported);
  EXPECT_TRUE(plan("FROM --platform=$BUILDPLATFORM a\n").ok());
}

TEST(StagePlan, AStageNeverNeedsItself) {
  const auto self = plan("FROM scratch AS a\nCOPY --from=a /x /y\n").value();
  EXPECT_TRUE(self.stages[0].needs.empty());
}

}  // namespace
}  // namespace tare::build
