#include "codec/base64.h"

#include <gtest/gtest.h>

namespace tare::codec {
namespace {

// RFC 4648, section 10.
TEST(Base64, EncodesTheVectorsOfTheRfc) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, TheUrlAlphabetHasNoPadding) {
  EXPECT_EQ(encode_base64("\xfb\xff\xfe\xff"), "+//+/w==");
  EXPECT_EQ(encode_base64_url("\xfb\xff\xfe\xff"), "-__-_w");
}

TEST(Base64, DecodesBothAlphabetsWithAndWithoutPadding) {
  for (const char* text : {"+//+/w==", "-__-_w", "-__-_w==", "+//+/w"}) {
    EXPECT_EQ(decode_base64(text).value(), "\xfb\xff\xfe\xff") << text;
  }
}

TEST(Base64, RoundTripsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(decode_base64(encode_base64(bytes)).value(), bytes);
    EXPECT_EQ(decode_base64(encode_base64_url(bytes)).value(), bytes);
  }
}

TEST(Base64, RefusesWhatIsNoBase64) {
  for (const char* text : {"A", "Zg=", "Zg===", "Z g=", "Zm9v\n", "====", "Zm=v", "Zm9vY",
                           "\xc3\xa4"
                           "aa"}) {
    EXPECT_FALSE(decode_base64(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tare::codec
