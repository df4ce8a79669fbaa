#include "http/server/range.h"

#include <gtest/gtest.h>

namespace tare::http {
namespace {

ByteRange part_of(std::string_view header, uint64_t size) {
  const auto selected = select_range(header, size);
  EXPECT_EQ(selected.verdict, RangeVerdict::kPart) << header;
  return selected.range;
}

TEST(Range, SelectsParts) {
  EXPECT_EQ(part_of("bytes=0-0", 10), (ByteRange{0, 1}));
  EXPECT_EQ(part_of("bytes=2-4", 10), (ByteRange{2, 3}));
  EXPECT_EQ(part_of("bytes=5-", 10), (ByteRange{5, 5}));
  EXPECT_EQ(part_of("bytes=-3", 10), (ByteRange{7, 3}));
}

TEST(Range, StopsAtTheEnd) {
  EXPECT_EQ(part_of("bytes=8-100", 10), (ByteRange{8, 2}));
  EXPECT_EQ(part_of("bytes=-100", 10), (ByteRange{0, 10}));
  EXPECT_EQ(part_of("bytes=1-18446744073709551615", 10), (ByteRange{1, 9}));
}

TEST(Range, BehindTheEndIsUnsatisfiable) {
  EXPECT_EQ(select_range("bytes=10-", 10).verdict, RangeVerdict::kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=-0", 10).verdict, RangeVerdict::kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=0-", 0).verdict, RangeVerdict::kUnsatisfiable);
}

TEST(Range, WhatItDoesNotUnderstandIsTheWhole) {
  for (const auto* header :
       {"", "items=0-1", "bytes=a-b", "bytes=4-2", "bytes=0-1,3-4", "bytes=", "bytes=5", "bytes=+1-2"}) {
    EXPECT_EQ(select_range(header, 10).verdict, RangeVerdict::kWhole) << header;
  }
  EXPECT_EQ(select_range(std::nullopt, 10).verdict, RangeVerdict::kWhole);
}

TEST(ContentRange, IsReadInBothForms) {
  EXPECT_EQ(parse_content_range("0-1023"), (ByteRange{0, 1024}));
  EXPECT_EQ(parse_content_range("bytes 5-5/*"), (ByteRange{5, 1}));
}

TEST(ContentRange, RefusesTheRest) {
  for (const auto* text : {"", "5", "5-", "-5", "5-4", "a-b", "0-18446744073709551615", "bytes */5"}) {
    EXPECT_EQ(parse_content_range(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tare::http
