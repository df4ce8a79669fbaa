#include "codec/sha256.h"

#include <gtest/gtest.h>

namespace tare::codec {
namespace {

// The examples of FIPS 180-4.
TEST(Sha256, GivesTheDigestsOfTheStandard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha512_hex("abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 hash;
  hash.update(as_bytes("a"));
  hash.update(as_bytes(""));
  hash.update(as_bytes("bc"));
  EXPECT_EQ(hash.finish_hex(), sha256_hex("abc"));
}

TEST(DigestingSource, HashesAndCountsWhatIsRead) {
  MemorySource memory("hello world");
  DigestingSource source(memory);
  EXPECT_EQ(read_all(source, 100).value(), "hello world");
  EXPECT_EQ(source.count(), 11u);
  EXPECT_EQ(source.finish_hex(), sha256_hex("hello world"));
}

TEST(DigestingSource, DrainingReadsTheRest) {
  const std::string text(200'000, 'x');
  MemorySource memory(text);
  DigestingSource source(memory, HashAlgorithm::kSha512);
  ASSERT_TRUE(drain_source(source).ok());
  EXPECT_EQ(source.count(), text.size());
  EXPECT_EQ(source.finish_hex(), sha512_hex(text));
}

TEST(DigestingSink, HashesAndCountsWhatIsWritten) {
  StringSink text;
  DigestingSink sink(text);
  ASSERT_TRUE(sink.write(as_bytes("hello ")).ok());
  ASSERT_TRUE(sink.write(as_bytes("world")).ok());
  ASSERT_TRUE(sink.finish().ok());
  EXPECT_EQ(text.text(), "hello world");
  EXPECT_EQ(sink.count(), 11u);
  EXPECT_EQ(sink.finish_hex(), sha256_hex("hello world"));
}

}  // namespace
}  // namespace tare::codec
