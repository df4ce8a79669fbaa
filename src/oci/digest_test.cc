#include "oci/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::oci {
namespace {

using testing::HasSubstr;

const std::string kDigits(64, 'a');

TEST(Digest, ParsesBothAlgorithms) {
  const auto digest = Digest::parse("sha256:" + kDigits).value();
  EXPECT_EQ(digest.algorithm(), "sha256");
  EXPECT_EQ(digest.hex(), kDigits);
  EXPECT_EQ(digest.short_id(), "aaaaaaaaaaaa");
  EXPECT_EQ(Digest::parse("sha512:" + kDigits + kDigits).value().algorithm(), "sha512");
}

TEST(Digest, OfBytesIsTheirSha256) {
  EXPECT_EQ(Digest::of("abc").string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Digest::of("abc"), Digest::parse(Digest::of("abc").string()).value());
  EXPECT_LT(Digest::from_sha256_hex(std::string(64, '0')), Digest::of("abc"));
}

TEST(Digest, RefusesAndSaysWhy) {
  const auto failure = [](const std::string& text) { return Digest::parse(text).error().text(); };
  EXPECT_THAT(failure(""), HasSubstr("expected sha256:"));
  EXPECT_THAT(failure(kDigits), HasSubstr("expected sha256:"));
  EXPECT_THAT(failure("md5:" + kDigits), HasSubstr("unsupported algorithm 'md5'"));
  EXPECT_THAT(failure("sha256:abc"), HasSubstr("sha256 needs 64 digits, found 3"));
  EXPECT_THAT(failure("sha512:" + kDigits), HasSubstr("sha512 needs 128 digits"));
  EXPECT_THAT(failure("sha256:" + std::string(64, 'A')), HasSubstr("not lower-case"));
  EXPECT_THAT(failure("sha256:" + std::string(63, 'a') + "/"), HasSubstr("not lower-case"));
}

}  // namespace
}  // namespace tare::oci
