#include "runtime/checkpoint/wire.h"

#include <gtest/gtest.h>

namespace tare::runtime {
namespace {

using namespace std::string_literals;

TEST(Wire, WritesWhatProtobufWrites) {
  WireWriter inner;
  inner.text(1, "a");
  WireWriter message;
  message.number(1, 2).text(2, inner.bytes()).number(68, 300);
  // From `protoc --encode` of the same fields.
  EXPECT_EQ(message.bytes(), "\x08\x02\x12\x03\x0a\x01\x61\xa0\x04\xac\x02"s);
}

TEST(Wire, ReadsBackNumbersTextsAndSkipsFixedOnes) {
  WireWriter message;
  message.number(7, ~uint64_t{0}).text(5, "post-dump").text(9, "");
  const std::string bytes = message.bytes() + "\x0d\x01\x02\x03\x04"s;
  WireReader reader(bytes);
  auto field = reader.next();
  ASSERT_TRUE(field.ok() && *field);
  EXPECT_EQ((*field)->field, 7U);
  EXPECT_EQ((*field)->number, ~uint64_t{0});
  field = reader.next();
  ASSERT_TRUE(field.ok() && *field);
  EXPECT_EQ((*field)->text, "post-dump");
  field = reader.next();
  ASSERT_TRUE(field.ok() && *field);
  EXPECT_EQ((*field)->text, "");
  field = reader.next();
  ASSERT_TRUE(field.ok() && *field);
  EXPECT_EQ((*field)->field, 1U);
  field = reader.next();
  ASSERT_TRUE(field.ok());
  EXPECT_FALSE(*field);
}

TEST(Wire, RefusesWhatIsCutOrUnknown) {
  for (const auto& bytes : {"\x08"s, "\x08\x80"s,
                            "\x12\x05"
                            "abc"s,
                            "\x0b\x01"s, "\x0d\x01\x02"s, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s}) {
    WireReader reader(bytes);
    const auto field = reader.next();
    ASSERT_FALSE(field.ok());
    EXPECT_EQ(field.error().kind(), ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace tare::runtime
