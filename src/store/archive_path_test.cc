#include "store/archive_path.h"

#include <gtest/gtest.h>

namespace tare::store {
namespace {

TEST(ArchivePath, IsCleanedLexically) {
  EXPECT_EQ(*clean_archive_path("etc/passwd"), "etc/passwd");
  EXPECT_EQ(*clean_archive_path("./etc//passwd/"), "etc/passwd");
  EXPECT_EQ(*clean_archive_path("/etc/passwd"), "etc/passwd");
  EXPECT_EQ(*clean_archive_path("a/../b"), "b");
  EXPECT_EQ(*clean_archive_path("a/b/../../c"), "c");
  EXPECT_EQ(*clean_archive_path("./"), "");
  EXPECT_EQ(*clean_archive_path(""), "");
  EXPECT_EQ(*clean_archive_path("..."), "...");
}

TEST(ArchivePath, ThatLeadsOutIsRefused) {
  for (const char* name : {"..", "../etc", "a/../../etc", "/../etc", "./../x", "a/b/../../../c"}) {
    const auto path = clean_archive_path(name);
    ASSERT_FALSE(path.ok()) << name;
    EXPECT_EQ(path.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(ArchivePath, WithNulOrTooLongIsRefused) {
  EXPECT_FALSE(clean_archive_path(std::string_view("etc/passwd\0.txt", 15)).ok());
  EXPECT_FALSE(clean_archive_path(std::string(5000, 'a')).ok());
}

TEST(ArchivePath, SplitsTheLastComponent) {
  EXPECT_EQ(split_parent("a/b/c").parent, "a/b");
  EXPECT_EQ(split_parent("a/b/c").name, "c");
  EXPECT_EQ(split_parent("a").parent, "");
  EXPECT_EQ(split_parent("a").name, "a");
}

TEST(Whiteout, IsToldFromNames) {
  EXPECT_EQ(parse_whiteout("file")->kind, WhiteoutKind::kNone);
  EXPECT_EQ(parse_whiteout(".whatever")->kind, WhiteoutKind::kNone);
  EXPECT_EQ(parse_whiteout(".wh.file")->kind, WhiteoutKind::kHide);
  EXPECT_EQ(parse_whiteout(".wh.file")->hidden, "file");
  EXPECT_EQ(parse_whiteout(".wh..bashrc")->hidden, ".bashrc");
  EXPECT_EQ(parse_whiteout(".wh..wh..opq")->kind, WhiteoutKind::kOpaque);
  EXPECT_EQ(parse_whiteout(".wh..wh.plnk")->kind, WhiteoutKind::kIgnored);
}

TEST(Whiteout, OfNoNameIsRefused) {
  for (const char* name : {".wh.", ".wh..", ".wh..."}) EXPECT_FALSE(parse_whiteout(name).ok()) << name;
}

}  // namespace
}  // namespace tare::store
