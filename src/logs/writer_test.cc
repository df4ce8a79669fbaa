#include "logs/writer.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "logs/log_test.h"

namespace tare::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using WriterTest = LogTest;

TEST_F(WriterTest, OneRecordPerLine) {
  open_writer().append(Stream::kStdout, "one\n\nthree\n", at(1));
  EXPECT_EQ(content(),
            "2027-01-15T08:00:01.000000000Z stdout F one\n"
            "2027-01-15T08:00:01.000000000Z stdout F \n"
            "2027-01-15T08:00:01.000000000Z stdout F three\n");
}

TEST_F(WriterTest, LinesTornByReadsAreJoined) {
  auto writer = open_writer();
  writer.append(Stream::kStdout, "he", at(1));
  writer.append(Stream::kStderr, "oops", at(2));
  writer.append(Stream::kStdout, "llo\nwor", at(3));
  writer.append(Stream::kStderr, "\n", at(4));
  writer.append(Stream::kStdout, "ld\n", at(5));
  EXPECT_THAT(read(), ElementsAre("o:hello\n", "e:oops\n", "o:world\n"));
}

TEST_F(WriterTest, AMegabyteLineComesBackWhole) {
  auto writer = open_writer();
  std::string line(1 << 20, 'x');
  for (size_t index = 0; index < line.size(); index += 3) line[index] = static_cast<char>('a' + index % 26);
  for (size_t offset = 0; offset < line.size(); offset += 10'000) {
    writer.append(Stream::kStdout, std::string_view(line).substr(offset, 10'000), at(1));
    writer.append(Stream::kStderr, "between\n", at(1));
  }
  writer.append(Stream::kStdout, "\n", at(2));
  const auto entries = read({.streams = {.standard_error = false}});
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0], "o:" + line + "\n");
  EXPECT_EQ(read({.streams = {.standard_output = false}}).size(), 105U);
}

TEST_F(WriterTest, AnUnfinishedLastLineIsKeptWithoutNewline) {
  auto writer = open_writer();
  writer.append(Stream::kStdout, "prompt> ", at(1));
  writer.finish(at(2));
  writer.append(Stream::kStdout, "next run\n", at(3));
  writer.append(Stream::kStderr, std::string(10'000, 'e'), at(4));
  writer.finish(at(4));
  EXPECT_THAT(read(), ElementsAre("o:prompt> ", "o:next run\n", "e:" + std::string(10'000, 'e')));
}

TEST_F(WriterTest, FlushedPiecesBecomeOneLine) {
  auto writer = open_writer();
  writer.append(Stream::kStdout, "a", at(1));
  writer.flush(at(1));
  EXPECT_THAT(read(), ElementsAre("o:a"));
  writer.append(Stream::kStdout, "b", at(1));
  writer.flush(at(1));
  writer.append(Stream::kStdout, "c\nd\n", at(1));
  EXPECT_THAT(read(), ElementsAre("o:abc\n", "o:d\n"));
}

TEST_F(WriterTest, BinaryBytesSurvive) {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  open_writer().append(Stream::kStdout, bytes + "\n", at(1));
  EXPECT_THAT(read(), ElementsAre("o:" + bytes.substr(0, 11), "o:" + bytes.substr(11) + "\n"));
}

TEST_F(WriterTest, GoesOnAfterATornRecord) {
  open_writer().append(Stream::kStdout, "first\n", at(1));
  append_raw("2027-01-15T08:00:01.0000");
  open_writer().append(Stream::kStdout, "second\n", at(2));
  EXPECT_THAT(read(), ElementsAre("o:first\n", "o:second\n"));
}

TEST_F(WriterTest, RotationBoundsSizeAndNumberOfFiles) {
  auto writer = open_writer({.maximum_file_size = 1000, .maximum_files = 3});
  for (int index = 0; index < 200; ++index) writer.append(Stream::kStdout, formatted("line {}\n", index), at(index));
  const auto names = os::list_directory(directory_).value();
  EXPECT_EQ(names.size(), 3U);
  for (const auto& name : names) EXPECT_LE(os::status(directory_ + "/" + name)->st_size, 1000);
  const auto entries = read();
  EXPECT_GT(entries.size(), 40U);
  for (size_t index = 0; index < entries.size(); ++index) {
    EXPECT_EQ(entries[index], formatted("o:line {}\n", 200 - entries.size() + index));
  }
}

TEST_F(WriterTest, ASingleFileStartsAfresh) {
  auto writer = open_writer({.maximum_file_size = 200, .maximum_files = 1});
  for (int index = 0; index < 20; ++index) writer.append(Stream::kStdout, formatted("line {}\n", index), at(index));
  EXPECT_THAT(os::list_directory(directory_).value(), ElementsAre("current.log"));
  EXPECT_EQ(read().back(), "o:line 19\n");
}

TEST_F(WriterTest, ALineGoesOnInTheNextFile) {
  auto writer = open_writer({.maximum_file_size = 20'000, .maximum_files = 5});
  const std::string line(50'000, 'x');
  for (int part = 0; part < 5; ++part) writer.append(Stream::kStdout, line.substr(0, 10'000), at(1));
  writer.append(Stream::kStdout, "\n", at(2));
  EXPECT_GT(os::list_directory(directory_)->size(), 2U);
  EXPECT_THAT(read(), ElementsAre("o:" + line + "\n"));
}

// Lets no file grow beyond a size while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(WriterTest, WhatCannotBeWrittenIsCountedAndTold) {
  auto writer = open_writer();
  {
    const FileSizeLimit limit(130);
    for (int index = 0; index < 10; ++index) writer.append(Stream::kStdout, formatted("line {}\n", index), at(index));
  }
  writer.append(Stream::kStdout, "after\n", at(20));
  EXPECT_THAT(read(), ElementsAre("o:line 0\n", "o:line 1\n", "e:8 lines lost: File too large\n", "o:after\n"));
}

TEST_F(WriterTest, ALineWithALostPieceIsCutThere) {
  auto writer = open_writer();
  writer.append(Stream::kStdout, std::string(5000, 'a'), at(1));
  {
    const FileSizeLimit limit(6000);
    writer.append(Stream::kStdout, std::string(5000, 'b'), at(2));
  }
  writer.append(Stream::kStdout, std::string(5000, 'c'), at(3));
  writer.append(Stream::kStdout, "\nnext\n", at(4));
  EXPECT_THAT(read(),
              ElementsAre("e:1 lines lost: File too large\n", "o:" + std::string(5000, 'a') + "\n", "o:next\n"));
}

TEST_F(WriterTest, AFullDiskDoesNotStopIt) {
  ASSERT_TRUE(os::make_directory(directory_));
  if (::mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  {
    auto writer = open_writer();
    const std::string line(99, 'x');
    for (int index = 0; index < 2000; ++index) writer.append(Stream::kStdout, line + "\n", at(index));
    const auto entries = read();
    EXPECT_GT(entries.size(), 300U);
    for (const auto& entry : entries) EXPECT_EQ(entry, "o:" + line + "\n");
    ASSERT_EQ(::mount("tmpfs", directory_.c_str(), nullptr, MS_REMOUNT, "size=1m"), 0);
    writer.append(Stream::kStdout, "after\n", at(3000));
    const auto later = read();
    EXPECT_EQ(later.back(), "o:after\n");
    EXPECT_EQ(later[later.size() - 2], formatted("e:{} lines lost: No space left on device\n", 2000 - entries.size()));
  }
  ::umount2(directory_.c_str(), MNT_DETACH);
}

TEST_F(WriterTest, LeavesTheLastPagesOfADiskToOthers) {
  ASSERT_TRUE(os::make_directory(directory_));
  if (::mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  {
    auto writer = open_writer();
    const std::string line(99, 'x');
    for (int index = 0; index < 10'000; ++index) writer.append(Stream::kStdout, line + "\n", at(index));
    struct statvfs disk {};
    ASSERT_EQ(::statvfs(directory_.c_str(), &disk), 0);
    EXPECT_GE(disk.f_bavail * disk.f_frsize, Writer::kReserve / 2);
    EXPECT_GT(read().size(), 4000U);
  }
  ::umount2(directory_.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace tare::logs
