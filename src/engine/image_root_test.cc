#include "engine/image_root.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/file.h"

namespace tare::engine {
namespace {

class ImageRootTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = os::make_temporary_directory("/tmp", "tare-image-root-").value();
    for (const char* layer : {"/low", "/high", "/upper"}) put_directory(layer);
  }
  void TearDown() override { (void)os::remove_tree(directory_).ok(); }

  void put_directory(const std::string& path) { ASSERT_TRUE(os::make_directories(directory_ + path).ok()); }
  void put(const std::string& path, const std::string& content) {
    ASSERT_TRUE(os::write_file_atomic(directory_ + path, content).ok());
  }
  ImageRoot root() { return ImageRoot({.directory = directory_, .names = {"high", "low"}}, directory_ + "/upper"); }
  std::string read(const std::string& path) { return root().read(path, 1000)->value_or("(none)"); }

  std::string directory_;
};

TEST_F(ImageRootTest, PrefersTheUpperLayer) {
  put_directory("/low/etc");
  put_directory("/high/etc");
  put("/low/etc/passwd", "low");
  put("/low/etc/group", "low");
  put("/high/etc/passwd", "high");
  EXPECT_EQ(read("/etc/passwd"), "high");
  EXPECT_EQ(read("/etc/group"), "low");
  EXPECT_EQ(read("/etc/shadow"), "(none)");
  EXPECT_EQ(root().list("/etc"), (std::vector<std::string>{"group", "passwd"}));
}

TEST_F(ImageRootTest, FollowsSymlinksInsideTheRootOnly) {
  put_directory("/low/usr/lib");
  put("/low/usr/lib/os-release", "inside");
  ASSERT_EQ(::symlink("/usr/lib", (directory_ + "/high/lib").c_str()), 0);
  ASSERT_EQ(::symlink("../../../../usr/lib/os-release", (directory_ + "/high/up").c_str()), 0);
  ASSERT_EQ(::symlink("loop", (directory_ + "/high/loop").c_str()), 0);
  EXPECT_EQ(read("/lib/os-release"), "inside");
  EXPECT_EQ(read("/up"), "inside");
  EXPECT_EQ(root().find("/loop").error().kind(), ErrorKind::kCorrupt);
}

TEST_F(ImageRootTest, HonoursWhiteouts) {
  put("/low/gone", "low");
  if (::mknod((directory_ + "/high/gone").c_str(), S_IFCHR, ::makedev(0, 0)) != 0) GTEST_SKIP() << "mknod needs root";
  EXPECT_EQ(read("/gone"), "(none)");
  EXPECT_TRUE(root().list("/").empty());
  put("/upper/gone", "back");
  EXPECT_EQ(read("/gone"), "back");
}

}  // namespace
}  // namespace tare::engine
