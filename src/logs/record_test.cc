#include "logs/record.h"

#include <gtest/gtest.h>

namespace tare::logs {
namespace {

constexpr std::string_view kTime = "2026-11-23T10:00:00.123456789Z";

TEST(Record, EveryHeadIsReadBackAsWritten) {
  for (const Stream stream : {Stream::kStdout, Stream::kStderr}) {
    for (const Ending ending : {Ending::kNewline, Ending::kNone, Ending::kPiece}) {
      for (const bool continues : {false, true}) {
        const RecordHead head{stream, ending, continues};
        const auto line = std::string(kTime) + std::string(head_text(head)) + "text";
        const auto record = parse_record(line);
        ASSERT_TRUE(record) << line;
        EXPECT_EQ(record->head.stream, stream);
        EXPECT_EQ(record->head.ending, ending) << line;
        EXPECT_EQ(record->head.continues, continues) << line;
        EXPECT_EQ(record->text, "text");
        EXPECT_EQ(format_rfc3339_nano(record->time), kTime);
        EXPECT_LE(line.size() - 4, kLongestHead);
      }
    }
  }
}

TEST(Record, TextMayBeEmptyAndMayHoldAnyByte) {
  EXPECT_EQ(parse_record(std::string(kTime) + " stdout F ")->text, "");
  const std::string_view bytes("\0\xff \r\x1b", 5);
  EXPECT_EQ(parse_record(std::string(kTime) + " stderr F " + std::string(bytes))->text, bytes);
}

TEST(Record, RefusesWhatIsNone) {
  for (const std::string line :
       {"", "Z", "hello", "2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00.123456789Z ",
        "2026-11-23T10:00:00.123456789Z stdout F", "2026-11-23T10:00:00.123456789Z stdin F x",
        "2026-11-23T10:00:00.123456789Z stdout X x", "2026-13-23T10:00:00.123456789Z stdout F x",
        "2026-11-23T10:00:00.12345678Z  stdout F x", "56789Z stdout F x"}) {
    EXPECT_FALSE(parse_record(line)) << line;
  }
}

// Every prefix of a record is refused or a shorter text of it: what a crash tears never becomes something else.
TEST(Record, PrefixesAreHarmless) {
  const auto line = std::string(kTime) + " stdout F:C:N some text";
  for (size_t size = 0; size < line.size(); ++size) {
    const auto record = parse_record(std::string_view(line).substr(0, size));
    EXPECT_EQ(record.has_value(), size >= kLongestHead) << size;
  }
}

}  // namespace
}  // namespace tare::logs
