#include "base/text.h"

#include <gtest/gtest.h>

namespace tare {
namespace {

TEST(Text, SplitsKeepingEmptyParts) {
  EXPECT_EQ(split("a::b", ':'), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ':'), std::vector<std::string>{""});
}

TEST(Text, ReadsSizesAsDockerDoes) {
  EXPECT_EQ(parse_size("64m"), 64ULL << 20);
  EXPECT_EQ(parse_size("1.5GiB"), 3ULL << 29);
  EXPECT_EQ(parse_size("10kB"), 10240U);
  EXPECT_EQ(parse_size("512"), 512U);
  for (const char* wrong : {"", "m", "64x", "-1", "1..5", "6 4m", "64mm", "99999999999e"}) {
    EXPECT_FALSE(parse_size(wrong)) << wrong;
  }
}

TEST(Text, WritesSizesAsDockerDoes) {
  EXPECT_EQ(format_decimal_size(0), "0B");
  EXPECT_EQ(format_decimal_size(117'000'000), "117MB");
  EXPECT_EQ(format_binary_size(64ULL << 20), "64MiB");
}

TEST(Text, RefusesNumbersWithAnythingElse) {
  EXPECT_EQ(parse_unsigned("42"), 42U);
  for (const char* wrong : {"", "-1", "+1", " 1", "1 ", "0x1", "99999999999999999999"}) {
    EXPECT_FALSE(parse_unsigned(wrong)) << wrong;
  }
  EXPECT_EQ(parse_signed("-1"), -1);
}

TEST(Text, FindsTheNearestWord) {
  EXPECT_EQ(nearest("imagse", {"images", "inspect"}), "images");
  EXPECT_FALSE(nearest("frobnicate", {"images", "inspect"}));
}

}  // namespace
}  // namespace tare
