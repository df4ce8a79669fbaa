#include "os/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>

namespace tare::os {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = make_temporary_directory("/tmp", "tare-file-test-").value(); }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(FileTest, NamesTheFileThatFails) {
  const auto result = read_file(directory_ + "/absent");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind(), ErrorKind::kNotFound);
  EXPECT_NE(result.error().text().find(directory_ + "/absent"), std::string::npos);
}

TEST_F(FileTest, ReplacesAFileAsAWhole) {
  const std::string path = directory_ + "/state";
  ASSERT_TRUE(write_file_atomic(path, "one").ok());
  ASSERT_TRUE(write_file_atomic(path, "two").ok());
  EXPECT_EQ(read_file(path).value(), "two");
  EXPECT_EQ(list_directory(directory_).value(), std::vector<std::string>{"state"});
}

TEST_F(FileTest, PutsANewFileAndReplacesAnOldOneAsAWhole) {
  const std::string path = directory_ + "/config";
  ASSERT_TRUE(put_file(path, "one", 0600).ok());
  EXPECT_EQ(status(path)->st_mode & 07777, 0600U);
  const auto reader = open(path, O_RDONLY);
  ASSERT_TRUE(put_file(path, "two", 0600).ok());
  EXPECT_EQ(read_fd(*reader, path).value(), "one") << "who had it open keeps what it was";
  EXPECT_EQ(read_file(path).value(), "two");
  EXPECT_EQ(list_directory(directory_).value(), std::vector<std::string>{"config"});
}

TEST_F(FileTest, RefusesAFileLongerThanTheLimit) {
  ASSERT_TRUE(write_file_atomic(directory_ + "/long", std::string(100, 'x')).ok());
  EXPECT_EQ(read_file(directory_ + "/long", 99).error().kind(), ErrorKind::kCorrupt);
}

TEST_F(FileTest, ResolvesSymlinksInsideTheRoot) {
  ASSERT_TRUE(make_directories(directory_ + "/root/etc").ok());
  ASSERT_TRUE(write_file_atomic(directory_ + "/root/etc/passwd", "inside").ok());
  ASSERT_EQ(::symlink("/etc/passwd", (directory_ + "/root/link").c_str()), 0);
  const auto root = open(directory_ + "/root", O_PATH | O_DIRECTORY).value();
  const auto file = open_in_root(root, "link", O_RDONLY).value();
  EXPECT_EQ(read_fd(file, "link").value(), "inside");
  EXPECT_FALSE(open_beneath(root, "link", O_RDONLY).ok());
  EXPECT_FALSE(open_beneath(root, "../outside", O_RDONLY).ok());
}

TEST_F(FileTest, RemovesATreeWithoutFollowingSymlinks) {
  ASSERT_TRUE(make_directories(directory_ + "/tree/a/b").ok());
  ASSERT_TRUE(write_file_atomic(directory_ + "/kept", "x").ok());
  ASSERT_EQ(::symlink(directory_.c_str(), (directory_ + "/tree/a/up").c_str()), 0);
  ASSERT_TRUE(remove_tree(directory_ + "/tree").ok());
  EXPECT_FALSE(exists(directory_ + "/tree"));
  EXPECT_TRUE(exists(directory_ + "/kept"));
  EXPECT_TRUE(remove_tree(directory_ + "/tree").ok());
}

TEST_F(FileTest, SpreadsDirectoriesWhereTheFileSystemCan) {
  const auto directory = open(directory_, O_RDONLY | O_DIRECTORY).value();
  int flags = 0;
  if (::ioctl(directory.get(), FS_IOC_GETFLAGS, &flags) != 0 ||
      ::ioctl(directory.get(), FS_IOC_SETFLAGS, &flags) != 0) {
    GTEST_SKIP() << "the file system of " << directory_ << " has no flags";
  }
  ASSERT_EQ(flags & FS_TOPDIR_FL, 0);
  spread_directories(directory_);
  ASSERT_EQ(::ioctl(directory.get(), FS_IOC_GETFLAGS, &flags), 0);
  if ((flags & FS_TOPDIR_FL) == 0) GTEST_SKIP() << "the file system of " << directory_ << " is not ext4";
  spread_directories(directory_ + "/absent");  // a hint, never an error
}

TEST_F(FileTest, LocksAgainstAnotherOpenFile) {
  const std::string path = directory_ + "/lock";
  auto first = FileLock::try_acquire(path, FileLock::Mode::kExclusive).value();
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_acquire(path, FileLock::Mode::kShared).value());
  first.reset();
  EXPECT_TRUE(FileLock::try_acquire(path, FileLock::Mode::kShared).value());
}

}  // namespace
}  // namespace tare::os
