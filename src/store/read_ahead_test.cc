#include "store/read_ahead.h"

#include <gtest/gtest.h>

#include <array>

#include "store/testing.h"

namespace tare::store {
namespace {

using testing::must;

// Gives `size` bytes, then fails or ends.
class Counting : public ByteSource {
 public:
  Counting(size_t size, bool fails) : left_(size), fails_(fails) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    if (left_ == 0 && fails_) return Failure(ErrorKind::kUnavailable, "the peer is gone");
    const size_t count = std::min({left_, buffer.size(), size_t{1000}});
    for (size_t i = 0; i < count; ++i) buffer[i] = static_cast<std::byte>(next_++);
    left_ -= count;
    return count;
  }

 private:
  size_t left_;
  const bool fails_;
  uint8_t next_ = 0;
};

TEST(ReadAhead, GivesTheSameBytes) {
  constexpr size_t kSize = 5'000'003;
  Counting source(kSize, false);
  ReadAhead ahead(source);
  const std::string text = must(read_all(ahead, kSize + 1));
  ASSERT_EQ(text.size(), kSize);
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(static_cast<uint8_t>(text[i]), static_cast<uint8_t>(i)) << i;
  std::array<std::byte, 8> more;
  EXPECT_EQ(must(ahead.read(more)), 0u);
  EXPECT_EQ(must(ahead.read(more)), 0u);
}

TEST(ReadAhead, FailsAfterTheBytesThatCameBefore) {
  Counting source(100'000, true);
  ReadAhead ahead(source);
  std::vector<std::byte> buffer(4096);
  size_t count = 0;
  for (;;) {
    const auto got = ahead.read(buffer);
    if (!got.ok()) {
      EXPECT_EQ(got.error().kind(), ErrorKind::kUnavailable);
      break;
    }
    ASSERT_GT(*got, 0u);
    count += *got;
  }
  EXPECT_EQ(count, 100'000u);
}

TEST(ReadAhead, MayBeLeftBeforeTheEnd) {
  Counting source(size_t{1} << 30, false);
  ReadAhead ahead(source);
  std::array<std::byte, 8> buffer;
  EXPECT_EQ(must(ahead.read(buffer)), 8u);
}

}  // namespace
}  // namespace tare::store
