#include "registry/server/names.h"

#include <gtest/gtest.h>

#include <string>

namespace tare::registry {
namespace {

TEST(RepositoryName, FollowsTheGrammar) {
  for (const auto* name : {"a", "a/b", "library/hello-world", "a.b", "a_b", "a__b", "a---b", "0/1/2", "a/b/c/d/e"}) {
    EXPECT_TRUE(is_repository_name(name)) << name;
  }
}

TEST(RepositoryName, NeverLeadsOutOfTheFolder) {
  for (const auto* name :
       {"",         ".",  "..", "../a", "a/..", "a/../b", "/a",   "a/",    "a//b", "a/./b", ".a",   "a.",   "_uploads",
        "a/_blobs", "-a", "a-", "A",    "a b",  "a\n",    "a..b", "a___b", "a._b", "ä",     "a\\b", "a%2fb"}) {
    EXPECT_FALSE(is_repository_name(name)) << name;
  }
  EXPECT_FALSE(is_repository_name(std::string_view("a\0b", 3)));
}

TEST(RepositoryName, IsBounded) {
  EXPECT_TRUE(is_repository_name(std::string(255, 'a')));
  EXPECT_FALSE(is_repository_name(std::string(256, 'a')));
}

TEST(Tag, FollowsTheGrammar) {
  for (const auto* tag : {"latest", "1.0", "V1_a-b", "_", "1..2"}) EXPECT_TRUE(is_tag(tag)) << tag;
  for (const auto* tag : {"", ".", "..", ".a", "-a", "a/b", "a:b", "a b", "ä"}) EXPECT_FALSE(is_tag(tag)) << tag;
  EXPECT_TRUE(is_tag(std::string(128, 'a')));
  EXPECT_FALSE(is_tag(std::string(129, 'a')));
}

TEST(UploadId, IsAUuid) {
  EXPECT_TRUE(is_upload_id("01234567-89ab-4cde-8f01-23456789abcd"));
  for (const auto* id : {"", "..", "01234567-89ab-4cde-8f01-23456789abc", "01234567-89AB-4cde-8f01-23456789abcd",
                         "../../../../../../../../../../etc/xx", "0123456789ab-4cde-8f01-23456789abcd00"}) {
    EXPECT_FALSE(is_upload_id(id)) << id;
  }
}

}  // namespace
}  // namespace tare::registry
