#include "logs/reader.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "base/text.h"
#include "logs/log_test.h"

namespace tare::logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReaderTest : public LogTest {
 protected:
  // Lines 0 … count-1, one a second, over several files.
  void write_lines(int count, uint64_t file_size = 10'000) {
    auto writer = open_writer({.maximum_file_size = file_size, .maximum_files = 1000});
    for (int index = 0; index < count; ++index) writer.append(Stream::kStdout, formatted("{}\n", index), at(index));
  }
};

TEST_F(ReaderTest, AMissingLogIsEmpty) {
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(read({.tail = 3}), IsEmpty());
  EXPECT_THAT(read({.since = at(0)}), IsEmpty());
}

TEST_F(ReaderTest, TailTakesTheLastLinesAcrossFiles) {
  write_lines(1000);
  for (const uint64_t count : {uint64_t{0}, uint64_t{1}, uint64_t{5}, uint64_t{999}, uint64_t{1000}, uint64_t{5000}}) {
    const auto entries = read({.tail = count});
    ASSERT_EQ(entries.size(), std::min<uint64_t>(count, 1000));
    if (entries.empty()) continue;
    EXPECT_EQ(entries[0], formatted("o:{}\n", 1000 - entries.size()));
  }
}

TEST_F(ReaderTest, TailCountsOnlySelectedStreams) {
  auto writer = open_writer();
  writer.append(Stream::kStderr, "a\nb\n", at(1));
  for (int index = 0; index < 100; ++index) writer.append(Stream::kStdout, "x\n", at(2));
  EXPECT_THAT(read({.tail = 1, .streams = {.standard_output = false}}), ElementsAre("e:b\n"));
}

TEST_F(ReaderTest, TailOfALineInPiecesGivesTheWholeLine) {
  auto writer = open_writer({.maximum_file_size = 30'000, .maximum_files = 100});
  const std::string line(100'000, 'y');
  writer.append(Stream::kStdout, "before\n", at(1));
  for (int part = 0; part < 10; ++part) {
    writer.append(Stream::kStdout, line.substr(0, 10'000), at(2));
    writer.append(Stream::kStderr, "noise\n", at(2));
  }
  writer.append(Stream::kStdout, "\n", at(3));
  EXPECT_THAT(read({.tail = 1}), ElementsAre("o:" + line + "\n"));
  EXPECT_THAT(read({.since = at(3)}), ElementsAre("o:" + line + "\n"));
  EXPECT_THAT(read({.tail = 2}), ElementsAre("e:noise\n", "o:" + line + "\n"));
}

TEST_F(ReaderTest, TailCountsAnUnfinishedLine) {
  auto writer = open_writer();
  writer.append(Stream::kStdout, "whole\nunfini", at(1));
  writer.flush(at(1));
  EXPECT_THAT(read({.tail = 1}), ElementsAre("o:unfini"));
  EXPECT_THAT(read({.tail = 2}), ElementsAre("o:whole\n", "o:unfini"));
}

TEST_F(ReaderTest, SinceAndUntilAreInclusive) {
  write_lines(5000, 100'000);
  for (const int from : {-10, 0, 1, 777, 2048, 4998, 4999, 5000}) {
    const auto entries = read({.since = at(from), .until = at(from + 1)});
    std::vector<std::string> expected;
    for (const int index : {from, from + 1}) {
      if (index >= 0 && index < 5000) expected.push_back(formatted("o:{}\n", index));
    }
    EXPECT_EQ(entries, expected) << from;
  }
}

TEST_F(ReaderTest, SinceReadsLittleOfALargeFile) {
  write_lines(100'000, uint64_t{100} << 20);
  const auto files = open_all(directory_);
  ASSERT_EQ(files.size(), 1U);
  const auto place = find_since(files, at(70'000));
  const auto size = file_size(files[0]);
  EXPECT_GT(place.offset, size * 69 / 100);
  EXPECT_LT(place.offset, size * 70 / 100 + 1);
  EXPECT_EQ(read({.since = at(70'000)}).front(), "o:70000\n");
}

TEST_F(ReaderTest, ForeignLinesArePassedOver) {
  append_raw("garbage\n\n\x01\n2027-01-15T08:00:01.000000000Z stdout F good\nmore garbage\n");
  append_raw("2027-01-15T08:00:01.000000000Z stdout F torn");
  EXPECT_THAT(read(), ElementsAre("o:good\n"));
  EXPECT_THAT(read({.tail = 5}), ElementsAre("o:good\n"));
  EXPECT_THAT(read({.since = at(0)}), ElementsAre("o:good\n"));
}

TEST_F(ReaderTest, HugeForeignLinesArePassedOver) {
  append_raw(std::string(3 << 20, 'x') + "\n2027-01-15T08:00:01.000000000Z stdout F good\n");
  EXPECT_THAT(read(), ElementsAre("o:good\n"));
  EXPECT_THAT(read({.tail = 2}), ElementsAre("o:good\n"));
}

// A small fuzzer: whatever the bytes, reading ends and every way of starting gives a suffix of reading everything.
TEST_F(ReaderTest, AnyBytesAreReadToTheEnd) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"2027-01-15T08:00:01.000000000Z",
                                           " stdout F ",
                                           " stderr P ",
                                           " stdout P:C ",
                                           " stderr F:C:N ",
                                           "\n",
                                           "text",
                                           std::string(1, '\0'),
                                           "Z"};
  for (int round = 0; round < 50; ++round) {
    std::string bytes;
    for (int index = 0; index < 400; ++index) bytes += pieces[random() % pieces.size()];
    (void)os::remove_tree(directory_);
    append_raw(bytes);
    const auto all = read();
    const auto tail = read({.tail = 3});
    EXPECT_LE(tail.size(), 3U);
    EXPECT_GE(all.size(), tail.size());
  }
}

TEST_F(ReaderTest, FollowsAcrossRotationsAndLosesNothing) {
  constexpr int kLines = 20'000;
  auto writer = open_writer({.maximum_file_size = 50'000, .maximum_files = 1000});
  UniqueFd ended(::eventfd(0, EFD_CLOEXEC));
  std::thread writing([&] {
    for (int index = 0; index < kLines; ++index) writer.append(Stream::kStdout, formatted("{}\n", index), now());
    writer.append(Stream::kStdout, "unfinished", now());
    writer.finish(now());
    const uint64_t one = 1;
    EXPECT_EQ(::write(ended.get(), &one, sizeof one), 8);
  });
  auto reader = Reader::open(directory_, {.follow = true}, BorrowedFd(ended)).value();
  int expected = 0;
  std::string last;
  while (const auto entry = reader.next().value()) {
    last = show(*entry);
    ASSERT_EQ(last, expected < kLines ? formatted("o:{}\n", expected) : "o:unfinished");
    ++expected;
  }
  writing.join();
  EXPECT_EQ(expected, kLines + 1);
}

TEST_F(ReaderTest, AReaderThatIsTooSlowGoesOnWithWhatIsLeft) {
  auto writer = open_writer({.maximum_file_size = 1000, .maximum_files = 2});
  writer.append(Stream::kStdout, "first\n", at(0));
  auto reader = Reader::open(directory_, {}).value();
  EXPECT_EQ(show(*reader.next().value()), "o:first\n");
  for (int index = 0; index < 200; ++index) writer.append(Stream::kStdout, formatted("{}\n", index), at(index));
  std::string last;
  while (const auto entry = reader.next().value()) last = show(*entry);
  EXPECT_EQ(last, "o:199\n");
}

TEST_F(ReaderTest, FollowingEndsAtUntil) {
  auto writer = open_writer();
  writer.append(Stream::kStdout, "now\n", now());
  auto reader = Reader::open(directory_, {.until = now() + std::chrono::milliseconds(20), .follow = true}).value();
  EXPECT_EQ(show(*reader.next().value()), "o:now\n");
  EXPECT_FALSE(reader.next().value());
}

}  // namespace
}  // namespace tare::logs
