#include "build/context/ignore.h"

#include <gtest/gtest.h>

namespace tare::build {
namespace {

bool matches(std::string_view pattern, std::string_view path, Glob::DoubleStar kind = Glob::DoubleStar::kPlain) {
  return Glob::parse(pattern, kind).value().matches(path);
}

TEST(Glob, FollowsGosFilepathMatch) {
  EXPECT_TRUE(matches("abc", "abc"));
  EXPECT_TRUE(matches("*", "abc"));
  EXPECT_TRUE(matches("*c", "abc"));
  EXPECT_FALSE(matches("a*", "ab/c"));
  EXPECT_TRUE(matches("a*/b", "abc/b"));
  EXPECT_FALSE(matches("a*/b", "a/c/b"));
  EXPECT_TRUE(matches("a*b*c*d*e*/f", "axbxcxdxexxx/f"));
  EXPECT_TRUE(matches("ab[b-d]", "abc"));
  EXPECT_FALSE(matches("ab[^c]", "abc"));
  EXPECT_TRUE(matches("a\\*b", "a*b"));
  EXPECT_FALSE(matches("a\\*b", "ab"));
  EXPECT_FALSE(matches("a?b", "a/b"));
  EXPECT_FALSE(matches("a[^a]b", "a/b"));
  EXPECT_TRUE(matches("[\\]a]", "]"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("*x", "xxy"));
}

TEST(Glob, BadPatternsAreRefused) {
  for (const auto* pattern : {"[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a[", "[b-a]", "\\"}) {
    EXPECT_FALSE(Glob::parse(pattern, Glob::DoubleStar::kPlain).ok()) << pattern;
  }
}

TEST(Glob, DoubleStarMatchesFolders) {
  const auto kind = Glob::DoubleStar::kAllowed;
  EXPECT_TRUE(matches("**", "a/b/c", kind));
  EXPECT_TRUE(matches("**/c", "c", kind));
  EXPECT_TRUE(matches("**/c", "a/b/c", kind));
  EXPECT_FALSE(matches("**/c", "a/bc", kind));
  EXPECT_TRUE(matches("a/**/c", "a/c", kind));
  EXPECT_TRUE(matches("a/**/c", "a/x/y/c", kind));
  EXPECT_TRUE(matches("a/**", "a/x/y", kind));
  EXPECT_FALSE(matches("a/**", "b/x", kind));
  EXPECT_TRUE(matches("**/*.go", "x/y/main.go", kind));
}

TEST(Glob, HostilePatternsEndInTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern, std::string(2000, 'a') + "b"));
}

TEST(IgnoreRules, TheLastMatchingRuleWins) {
  const auto rules = IgnoreRules::parse(".dockerignore", "# no\n*.md\n!README.md\n\nbuild/\n/src/*.o\n").value();
  EXPECT_TRUE(rules.ignores("notes.md"));
  EXPECT_FALSE(rules.ignores("README.md"));
  EXPECT_FALSE(rules.ignores("docs/notes.md"));
  EXPECT_TRUE(rules.ignores("build"));
  EXPECT_TRUE(rules.ignores("build/deep/file"));
  EXPECT_TRUE(rules.ignores("src/a.o"));
  EXPECT_FALSE(rules.prunes("build"));  // a negation could reach inside
}

TEST(IgnoreRules, ANegationReachesIntoAnIgnoredFolder) {
  const auto rules = IgnoreRules::parse("f", "node_modules\n!node_modules/keep\n").value();
  EXPECT_TRUE(rules.ignores("node_modules/other"));
  EXPECT_FALSE(rules.ignores("node_modules/keep/x"));
}

TEST(IgnoreRules, ErrorsNameTheLine) {
  EXPECT_NE(IgnoreRules::parse("f", "a\n[\n").error().text().find("f:2"), std::string::npos);
  EXPECT_FALSE(IgnoreRules::parse("f", "!\n").ok());
}

TEST(CleanPath, IsGosPathClean) {
  EXPECT_EQ(clean_path("a//b/./c/"), "a/b/c");
  EXPECT_EQ(clean_path("a/../b"), "b");
  EXPECT_EQ(clean_path("../a"), "../a");
  EXPECT_EQ(clean_path("/../a"), "/a");
  EXPECT_EQ(clean_path(""), ".");
  EXPECT_EQ(clean_path("/"), "/");
}

}  // namespace
}  // namespace tare::build
