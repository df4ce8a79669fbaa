#include "build/dockerfile/dockerfile.h"

#include <gtest/gtest.h>

namespace tare::build {
namespace {

using Words = std::vector<std::string>;

Dockerfile parse(std::string_view text) { return parse_dockerfile("Dockerfile", text).value(); }

std::string error_of(std::string_view text) {
  const auto parsed = parse_dockerfile("Dockerfile", text);
  return parsed.ok() ? "" : parsed.error().text();
}

TEST(Dockerfile, StagesHaveNamesAndNumbers) {
  const auto file = parse("ARG V=1\nFROM a:$V AS Build\nRUN x\nfrom scratch\nCOPY --from=build /a /b\n");
  ASSERT_EQ(file.stages.size(), 2U);
  EXPECT_EQ(file.global_args.size(), 1U);
  EXPECT_EQ(file.stages[0].name, "build");
  EXPECT_EQ(file.find_stage("BUILD", 1), std::optional<size_t>(0));
  EXPECT_EQ(file.find_stage("0", 1), std::optional<size_t>(0));
  EXPECT_EQ(file.find_stage("1", 1), std::nullopt);
  EXPECT_EQ(file.stages[1].instructions[0].flag("from"), "build");
  EXPECT_EQ(file.stages[1].instructions[0].words, (Words{"/a", "/b"}));
}

TEST(Dockerfile, JsonIsExecFormAndBrokenJsonIsText) {
  const auto file = parse("FROM a\nCMD [\"a\", \"b c\"]\nCMD ['a']\nRUN [ \"$X\" ]\nCMD []\nCOPY [\"a b\", \"c\"]\n");
  const auto& all = file.stages[0].instructions;
  EXPECT_TRUE(all[0].exec_form);
  EXPECT_EQ(all[0].words, (Words{"a", "b c"}));
  EXPECT_FALSE(all[1].exec_form);
  EXPECT_EQ(all[1].words, (Words{"['a']"}));
  EXPECT_EQ(all[2].words, (Words{"$X"}));
  EXPECT_TRUE(all[3].exec_form);
  EXPECT_TRUE(all[3].words.empty());
  EXPECT_EQ(all[4].words, (Words{"a b", "c"}));
}

TEST(Dockerfile, EnvHasTwoForms) {
  const auto file = parse("FROM a\nENV one the rest  of it\nENV a=1 b=\"x y\" c=x\\ y\n");
  EXPECT_EQ(file.stages[0].instructions[0].pairs, (std::vector<NameValue>{{"one", "the rest  of it"}}));
  EXPECT_EQ(file.stages[0].instructions[1].pairs,
            (std::vector<NameValue>{{"a", "1"}, {"b", "\"x y\""}, {"c", "x\\ y"}}));
}

TEST(Dockerfile, FlagsComeBeforeTheArguments) {
  const auto run = parse("FROM a\nRUN --mount=type=cache,target=/x --mount=type=tmpfs,target=/y echo --network=x\n")
                       .stages[0]
                       .instructions[0];
  ASSERT_EQ(run.flags.size(), 2U);
  EXPECT_EQ(run.flags[1].value, "type=tmpfs,target=/y");
  EXPECT_EQ(run.words, (Words{"echo --network=x"}));
}

TEST(Dockerfile, HealthcheckIsNoneOrCmd) {
  const auto file =
      parse("FROM a\nHEALTHCHECK none\nHEALTHCHECK --retries=3 CMD [\"x\", \"y\"]\nHEALTHCHECK CMD a b\n");
  const auto& all = file.stages[0].instructions;
  EXPECT_EQ(all[0].words, (Words{"NONE"}));
  EXPECT_EQ(all[1].words, (Words{"CMD", "x", "y"}));
  EXPECT_TRUE(all[1].exec_form);
  EXPECT_EQ(all[2].words, (Words{"CMD", "a b"}));
}

TEST(Dockerfile, ErrorsNameTheLineAndSuggest) {
  EXPECT_EQ(error_of("FROM a\n\nCOPYY a b\n"),
            "Dockerfile:3: unknown instruction: COPYY (did you mean COPY?)\n     3 | COPYY a b");
  EXPECT_NE(error_of("FROM a\nCOPY --chwn=1 a b\n").find("(did you mean --chown?)"), std::string::npos);
  EXPECT_NE(error_of("FROM a\nCOPY a\n").find("COPY requires at least 2 arguments"), std::string::npos);
  EXPECT_NE(error_of("FROM a\nENV x\n").find("ENV must have two arguments"), std::string::npos);
  EXPECT_NE(error_of("FROM a\nENV a=b c\n").find("c is not of the form name=value"), std::string::npos);
  EXPECT_NE(error_of("RUN a\nFROM a\n").find("before the first FROM"), std::string::npos);
  EXPECT_NE(error_of("FROM a b\n").find("either one or three"), std::string::npos);
  EXPECT_NE(error_of("FROM a AS 1x\n").find("invalid name for build stage"), std::string::npos);
  EXPECT_NE(error_of("FROM a\nSHELL /bin/sh\n").find("JSON form"), std::string::npos);
  EXPECT_NE(error_of("FROM a\nRUN --network x\n").find("missing a value on flag"), std::string::npos);
  EXPECT_NE(error_of("FROM a\nCOPY --from=a --from=b x y\n").find("duplicate flag"), std::string::npos);
  EXPECT_NE(error_of("# nothing\n").find("has no FROM"), std::string::npos);
  EXPECT_NE(error_of("").find("has no FROM"), std::string::npos);
}

}  // namespace
}  // namespace tare::build
