#include "registry/client/challenge.h"

#include <gtest/gtest.h>

namespace tare::registry {
namespace {

using Challenges = std::vector<Challenge>;

TEST(Challenge, BearerWithQuotedParameters) {
  EXPECT_EQ(parse_challenges(
                R"(Bearer realm="https://auth.example/token",service="r.example",scope="repository:a/b:pull,push")"),
            (Challenges{{"bearer",
                         {{"realm", "https://auth.example/token"},
                          {"service", "r.example"},
                          {"scope", "repository:a/b:pull,push"}}}}));
}

TEST(Challenge, BasicAndUnquotedValues) {
  EXPECT_EQ(parse_challenges("BASIC Realm=Registry"), (Challenges{{"basic", {{"realm", "Registry"}}}}));
  EXPECT_EQ(parse_challenges("Basic"), (Challenges{{"basic", {}}}));
}

TEST(Challenge, SeveralInOneField) {
  EXPECT_EQ(parse_challenges(R"(Negotiate, Basic realm="a, b=c" , Bearer realm="x")"),
            (Challenges{{"negotiate", {}}, {"basic", {{"realm", "a, b=c"}}}, {"bearer", {{"realm", "x"}}}}));
}

TEST(Challenge, EscapesInQuotedStrings) {
  EXPECT_EQ(parse_challenges(R"(Basic realm="a\"b\\c")"), (Challenges{{"basic", {{"realm", R"(a"b\c)"}}}}));
}

TEST(Challenge, DamagedInputGivesWhatIsWholeAndEnds) {
  EXPECT_EQ(parse_challenges(""), Challenges{});
  EXPECT_EQ(parse_challenges(",,, ,"), Challenges{});
  EXPECT_EQ(parse_challenges("realm=\"x\""), Challenges{});
  EXPECT_EQ(parse_challenges("Bearer realm=\"never closed"), (Challenges{{"bearer", {}}}));
  EXPECT_EQ(parse_challenges("Bearer realm=\"a\\"), (Challenges{{"bearer", {}}}));
  EXPECT_EQ(parse_challenges("\x01\x02"), Challenges{});
}

}  // namespace
}  // namespace tare::registry
