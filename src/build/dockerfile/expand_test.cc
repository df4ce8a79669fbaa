#include "build/dockerfile/expand.h"

#include <gtest/gtest.h>

#include <map>

namespace tare::build {
namespace {

const std::map<std::string, std::string, std::less<>> kVariables{
    {"v", "value"}, {"empty", ""}, {"path", "/usr/local/lib"}, {"two", "a b"}};

std::optional<std::string> look_up(std::string_view name) {
  const auto found = kVariables.find(name);
  return found == kVariables.end() ? std::nullopt : std::optional(found->second);
}

std::string expand(std::string_view word) {
  auto result = expand_word(word, look_up, '\\');
  return result.ok() ? std::move(result).value() : "error: " + result.error().text();
}

struct Case {
  std::string_view word;
  std::string_view expected;
};

class Expansion : public testing::TestWithParam<Case> {};

TEST_P(Expansion, GivesWhatBuildKitGives) { EXPECT_EQ(expand(GetParam().word), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Forms, Expansion,
                         testing::Values(Case{"$v", "value"}, Case{"${v}x", "valuex"}, Case{"$vx", ""}, Case{"$", "$"},
                                         Case{"a$", "a$"}, Case{"\\$v", "$v"}, Case{"'$v'", "$v"},
                                         Case{"\"$v\"", "value"}, Case{"\"\\$v\"", "$v"}, Case{"a\\ b", "a b"},
                                         Case{"\"a\\b\"", "a\\b"}, Case{"$1", ""}, Case{"${unset:-w}", "w"},
                                         Case{"${empty:-w}", "w"}, Case{"${empty-w}", ""}, Case{"${v:+w}", "w"},
                                         Case{"${unset:+w}", ""}, Case{"${empty+w}", "w"},
                                         Case{"${unset:-${v}}", "value"}, Case{"${unset:-'a}b'}", "a}b"},
                                         Case{"${v:?no}", "value"}));

INSTANTIATE_TEST_SUITE_P(Patterns, Expansion,
                         testing::Values(Case{"${path#*/}", "usr/local/lib"}, Case{"${path##*/}", "lib"},
                                         Case{"${path%/*}", "/usr/local"}, Case{"${path%%/*}", ""},
                                         Case{"${path/l/L}", "/usr/Local/lib"}, Case{"${path//l/L}", "/usr/LocaL/Lib"},
                                         Case{"${path//\\//-}", "-usr-local-lib"}, Case{"${path#x}", "/usr/local/lib"},
                                         Case{"${v%?}", "valu"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, Expansion,
    testing::Values(Case{"${unset:?who}", "error: unset: who"}, Case{"${v", "error: syntax error: missing '}'"},
                    Case{"${v=x}", "error: unsupported modifier (=) in substitution"},
                    Case{"'a", "error: unexpected end of statement while looking for matching single-quote"},
                    Case{"\"a", "error: unexpected end of statement while looking for matching double-quote"},
                    Case{"${}", "error: bad substitution: ${ without a name"}));

TEST(Expansion, WordsComeApartAtBlanksOfVariables) {
  EXPECT_EQ(expand_words("x $two", look_up, '\\').value(), (std::vector<std::string>{"x", "a", "b"}));
}

TEST(Expansion, TextKeepsItsQuotes) {
  EXPECT_EQ(expand_text("\"$v\" 'x' \\$v \\n", look_up, '\\').value(), "\"value\" 'x' $v \\n");
}

TEST(Expansion, DeepNestingIsRefusedInsteadOfOverflowingTheStack) {
  std::string word;
  for (int i = 0; i < 100000; ++i) word += "${u:-";
  EXPECT_NE(expand(word).find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace tare::build
