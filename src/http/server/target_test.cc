#include "http/server/target.h"

#include <gtest/gtest.h>

namespace tare::http {
namespace {

std::optional<std::string> name_in(std::string_view pattern, std::string_view target) {
  const auto parsed = Target::parse(target);
  if (!parsed.ok()) return std::nullopt;
  const auto parameters = match_pattern(pattern, parsed->segments);
  if (!parameters) return std::nullopt;
  return parameters->at("name");
}

TEST(Target, KeepsEmptySegments) {
  EXPECT_EQ(Target::parse("/v2/")->segments, (std::vector<std::string>{"v2", ""}));
  EXPECT_EQ(Target::parse("/v2")->segments, (std::vector<std::string>{"v2"}));
}

TEST(Target, DecodesQueries) {
  const auto target = Target::parse("/x?artifactType=application%2Fa%2bb&n=&tag=1&tag=2&plain");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->find("artifactType"), "application/a+b");
  EXPECT_EQ(target->find("n"), "");
  EXPECT_EQ(target->find("plain"), "");
  EXPECT_EQ(target->find("absent"), std::nullopt);
  EXPECT_EQ(target->find_all("tag"), (std::vector<std::string>{"1", "2"}));
}

TEST(Target, RefusesBrokenEscapesAndWhatIsNoPath) {
  EXPECT_FALSE(Target::parse("/a%2").ok());
  EXPECT_FALSE(Target::parse("/a%zz").ok());
  EXPECT_FALSE(Target::parse("http://host/a").ok());
  EXPECT_FALSE(Target::parse("*").ok());
  EXPECT_FALSE(Target::parse("").ok());
}

TEST(Target, AnEscapedSlashIsNoSeparator) {
  EXPECT_EQ(Target::parse("/v2/..%2f..%2Fetc/tags")->segments, (std::vector<std::string>{"v2", "../../etc", "tags"}));
}

TEST(Pattern, NamesTakeSeveralSegments) {
  EXPECT_EQ(name_in("/v2/<name>/tags/list", "/v2/a/tags/list"), "a");
  EXPECT_EQ(name_in("/v2/<name>/tags/list", "/v2/a/b/c/tags/list"), "a/b/c");
  EXPECT_EQ(name_in("/v2/<name>/tags/list", "/v2/tags/list/tags/list"), "tags/list");
}

TEST(Pattern, NeedsEveryPart) {
  EXPECT_EQ(name_in("/v2/<name>/tags/list", "/v2/tags/list"), std::nullopt);
  EXPECT_EQ(name_in("/v2/<name>/tags/list", "/v2/a/tags/list/"), std::nullopt);
  EXPECT_EQ(name_in("/v2/<name>/blobs/<digest>", "/v2/a/blobs/"), std::nullopt);
}

TEST(Pattern, TellsUploadsFromBlobs) {
  EXPECT_EQ(name_in("/v2/<name>/blobs/<digest>", "/v2/a/blobs/uploads/1"), std::nullopt);
  EXPECT_EQ(name_in("/v2/<name>/blobs/uploads/", "/v2/a/blobs/uploads/"), "a");
}

TEST(Pattern, ANameHoldsNoEscapedSlash) {
  EXPECT_EQ(name_in("/v2/<name>/tags/list", "/v2/a%2fb/tags/list"), std::nullopt);
}

TEST(Escapes, GoBothWays) {
  const std::string text = "a b/ü?&=+%~";
  EXPECT_EQ(*percent_decode(percent_encode(text), Plus::kBlank), text);
  EXPECT_EQ(percent_encode("v1.0-a_b~"), "v1.0-a_b~");
}

}  // namespace
}  // namespace tare::http
