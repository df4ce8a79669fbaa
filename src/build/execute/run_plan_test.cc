#include "build/execute/run_plan.h"

#include <gtest/gtest.h>

#include "build/dockerfile/dockerfile.h"
#include "build/execute/run_mount.h"

namespace tare::build {
namespace {

using Words = std::vector<std::string>;

Result<RunPlan> plan(std::string_view run, const BuildArguments& given = {}, const StageState& state = {}) {
  const auto file = TRY(parse_dockerfile("Dockerfile", "FROM scratch\n" + std::string(run)));
  return plan_run(file.stages[0].instructions[0], state, given, NetworkMode::kDefault);
}

TEST(RunPlan, ShellFormGoesThroughTheShell) {
  EXPECT_EQ(plan("RUN a b\n")->arguments, (Words{"/bin/sh", "-c", "a b"}));
  EXPECT_EQ(plan("RUN [\"a\", \"b\"]\n")->arguments, (Words{"a", "b"}));
  EXPECT_EQ(plan("RUN a b\n")->created_by, "RUN /bin/sh -c a b # buildkit");
}

TEST(RunPlan, AHeredocIsTheScript) {
  EXPECT_EQ(plan("RUN <<EOF\na\nb\nEOF\n")->arguments, (Words{"/bin/sh", "-c", "a\nb\n"}));
  EXPECT_EQ(plan("RUN cat <<A >x\none\nA\n")->arguments, (Words{"/bin/sh", "-c", "cat <<A >x\none\nA"}));
  const auto script = plan("RUN <<EOF\n#!/bin/awk -f\nx\nEOF\n").value();
  EXPECT_EQ(script.arguments, (Words{"/dev/pipes/EOF"}));
  EXPECT_EQ(script.script, "#!/bin/awk -f\nx\n");
}

TEST(RunPlan, ArgumentsReachTheEnvironmentAndProxiesNotTheHistory) {
  const auto file = parse_dockerfile("Dockerfile", "FROM scratch\n").value();
  const BuildArguments given{{"V", "1"}, {"HTTP_PROXY", "http://user:secret@proxy"}, {"unused", "x"}};
  const auto global = GlobalScope::create(file, given, oci::Platform::host()).value();
  StageState state;
  state.scope.declare("V", std::nullopt, global);
  const auto planned = plan("RUN x\n", given, state).value();
  EXPECT_EQ(find_variable(planned.environment, "V"), "1");
  EXPECT_EQ(find_variable(planned.environment, "HTTP_PROXY"), "http://user:secret@proxy");
  EXPECT_EQ(find_variable(planned.environment, "unused"), std::nullopt);
  EXPECT_TRUE(find_variable(planned.environment, "PATH").has_value());
  EXPECT_EQ(planned.created_by, "RUN |1 V=1 /bin/sh -c x # buildkit");
}

TEST(RunPlan, TheNetworkIsTheStepsOrTheBuilds) {
  EXPECT_EQ(plan("RUN --network=none x\n")->network, NetworkMode::kNone);
  EXPECT_EQ(plan("RUN --network=default x\n")->network, NetworkMode::kDefault);
  EXPECT_FALSE(plan("RUN --network=mine x\n").ok());
  EXPECT_EQ(plan("RUN --security=insecure x\n").error().kind(), ErrorKind::kUnsupported);
}

TEST(RunMount, ReadsItsOptions) {
  const auto cache = parse_run_mount("type=cache,target=/c,sharing=locked,mode=0700,uid=5").value();
  EXPECT_EQ(cache.type, RunMount::Type::kCache);
  EXPECT_EQ(cache.id, "/c");
  EXPECT_EQ(cache.sharing, RunMount::Sharing::kLocked);
  EXPECT_EQ(cache.mode, 0700U);
  EXPECT_EQ(cache.uid, 5U);
  EXPECT_FALSE(cache.read_only);
  EXPECT_TRUE(parse_run_mount("target=/x").value().read_only);
  EXPECT_FALSE(parse_run_mount("rw,type=bind,target=/x").value().read_only);
  EXPECT_EQ(parse_run_mount("type=secret,id=key").value().target, "/run/secrets/key");
  EXPECT_EQ(parse_run_mount("type=tmpfs,target=/x,size=1m").value().size, 1048576U);
}

TEST(RunMount, RefusesWhatItDoesNotKnowByName) {
  EXPECT_NE(parse_run_mount("type=ssh").error().text().find("type=ssh"), std::string::npos);
  EXPECT_NE(parse_run_mount("type=cache").error().text().find("target"), std::string::npos);
  EXPECT_NE(parse_run_mount("target=/x,wrong=1").error().text().find("'wrong'"), std::string::npos);
  EXPECT_FALSE(parse_run_mount("type=cache,target=/x,sharing=some").ok());
  EXPECT_FALSE(parse_mode("u+x").ok());
  EXPECT_FALSE(parse_mode("9").ok());
  EXPECT_EQ(parse_mode("4755").value(), 04755U);
}

}  // namespace
}  // namespace tare::build
