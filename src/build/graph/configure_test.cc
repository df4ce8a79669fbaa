#include "build/graph/configure.h"

#include <gtest/gtest.h>

namespace tare::build {
namespace {

using Words = std::vector<std::string>;

// Applies all instructions of the first stage, with --build-arg `given`.
Result<StageState> configured(std::string_view lines, const BuildArguments& given = {}) {
  const auto file = TRY(parse_dockerfile("Dockerfile", lines));
  const auto global = TRY(GlobalScope::create(file, given, oci::Platform{.architecture = "amd64"}));
  auto state = scratch_state(oci::Platform::host());
  for (const auto& instruction : file.stages[0].instructions) {
    TRY(configure(state, instruction, {global, file.escape, "1970-01-01T00:00:00Z"}));
  }
  return state;
}

oci::ProcessDefaults config_of(std::string_view lines, const BuildArguments& given = {}) {
  return configured(std::string("FROM scratch\n") + std::string(lines), given).value().config.config;
}

std::string error_of(std::string_view lines) {
  const auto result = configured(std::string("FROM scratch\n") + std::string(lines));
  return result.ok() ? "" : result.error().text();
}

TEST(Configure, EnvReplacesAndSeesTheLineBefore) {
  const auto config = config_of("ENV A=1 B=2\nENV A=x C=$A-${D:-d}\n");
  EXPECT_EQ(find_variable(config.env, "A"), "x");
  EXPECT_EQ(find_variable(config.env, "C"), "1-d");
  EXPECT_EQ(config.env.size(), 4U);  // PATH, A, B, C
}

TEST(Configure, ArgTakesBuildArgThenItsOwnValueThenTheGlobalOne) {
  const auto value = [](std::string_view arg, const BuildArguments& given) {
    return config_of(std::string(arg) + "\nLABEL v=$V\n", given).labels.at("v");
  };
  EXPECT_EQ(value("ARG V=own", {}), "own");
  EXPECT_EQ(value("ARG V=own", {{"V", "given"}}), "given");
  EXPECT_EQ(value("ARG V", {}), "");
  EXPECT_EQ(configured("ARG V=global\nFROM scratch\nARG V\nLABEL v=$V\n").value().config.config.labels.at("v"),
            "global");
  EXPECT_EQ(configured("ARG V=global\nFROM scratch\nLABEL v=$V\n").value().config.config.labels.at("v"), "");
  EXPECT_EQ(value("ARG TARGETARCH\nARG V=$TARGETARCH", {}), "amd64");
}

TEST(Configure, EnvHidesArg) { EXPECT_EQ(config_of("ENV V=env\nARG V=arg\nLABEL v=$V\n").labels.at("v"), "env"); }

TEST(Configure, EntrypointForgetsOnlyAnInheritedCmd) {
  EXPECT_EQ(config_of("CMD [\"a\"]\nENTRYPOINT [\"b\"]\n").cmd, (Words{"a"}));
  auto state = scratch_state(oci::Platform::host());
  state.config.config.cmd = Words{"inherited"};
  const auto file = parse_dockerfile("Dockerfile", "FROM scratch\nENTRYPOINT b\n").value();
  const auto global = GlobalScope::create(file, {}, oci::Platform::host()).value();
  ASSERT_TRUE(configure(state, file.stages[0].instructions[0], {global, '\\', ""}).ok());
  EXPECT_EQ(state.config.config.cmd, std::nullopt);
  EXPECT_EQ(state.config.config.entrypoint, (Words{"/bin/sh", "-c", "b"}));
}

TEST(Configure, ShellChangesWhatComesAfterIt) {
  EXPECT_EQ(config_of("SHELL [\"/bin/bash\", \"-c\"]\nCMD x y\n").cmd, (Words{"/bin/bash", "-c", "x y"}));
}

TEST(Configure, ExposeTakesPortsRangesAndVariables) {
  EXPECT_EQ(config_of("ENV P=\"80 81/udp\"\nEXPOSE $P 9000-9001\n").exposed_ports,
            (std::set<std::string>{"80/tcp", "81/udp", "9000/tcp", "9001/tcp"}));
  EXPECT_NE(error_of("EXPOSE 70000\n").find("invalid containerPort"), std::string::npos);
  EXPECT_NE(error_of("EXPOSE 80/xyz\n").find("invalid proto"), std::string::npos);
}

TEST(Configure, HealthcheckBecomesDockersTest) {
  const auto check = config_of("HEALTHCHECK --interval=5s --retries=2 CMD curl x\n").healthcheck.value();
  EXPECT_EQ(check.test, (Words{"CMD-SHELL", "curl x"}));
  EXPECT_EQ(check.interval, 5'000'000'000);
  EXPECT_EQ(check.retries, 2);
  EXPECT_EQ(config_of("HEALTHCHECK NONE\n").healthcheck->test, (Words{"NONE"}));
  EXPECT_NE(error_of("HEALTHCHECK --interval=x CMD a\n").find("--interval=x"), std::string::npos);
  EXPECT_NE(error_of("HEALTHCHECK RUN a\n").find("unknown type"), std::string::npos);
}

TEST(Configure, SignalsAreChecked) {
  EXPECT_EQ(config_of("STOPSIGNAL SIGUSR1\n").stop_signal, "SIGUSR1");
  EXPECT_NE(error_of("STOPSIGNAL 99\n").find("invalid signal"), std::string::npos);
}

TEST(Configure, TriggersAreKeptAndChecked) {
  EXPECT_EQ(config_of("ONBUILD RUN make\n").on_build, (Words{"RUN make"}));
  EXPECT_NE(error_of("ONBUILD FROM x\n").find("isn't allowed"), std::string::npos);
  EXPECT_NE(error_of("ONBUILD RUNN x\n").find("unknown instruction"), std::string::npos);
}

TEST(Configure, EveryLineIsInTheHistory) {
  const auto history = configured("FROM scratch\nLABEL a=b\nUSER x\n").value().config.history;
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].created_by, "LABEL a=b");
  EXPECT_TRUE(history[0].empty_layer);
}

TEST(Workdir, IsRelativeToTheOneBefore) {
  EXPECT_EQ(resolve_workdir("/a", "b"), "/a/b");
  EXPECT_EQ(resolve_workdir("/a", "/b/"), "/b");
  EXPECT_EQ(resolve_workdir("", "b"), "/b");
  EXPECT_EQ(resolve_workdir("/a/b", ".."), "/a");
}

}  // namespace
}  // namespace tare::build
