#include "codec/compress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

namespace tare::codec {
namespace {

using testing::HasSubstr;

// Gives its bytes in pieces of a fixed size, as sockets may.
class TricklingSource : public ByteSource {
 public:
  TricklingSource(std::string_view text, size_t piece) : memory_(text), piece_(piece) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    return memory_.read(buffer.first(std::min(buffer.size(), piece_)));
  }

 private:
  MemorySource memory_;
  size_t piece_;
};

std::string sample(size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) {
    text += "usr/share/doc/";
    text += static_cast<char>(random());
    text += std::string(random() % 40, static_cast<char>('a' + random() % 26));
  }
  text.resize(size);
  return text;
}

std::string noise(size_t size) {
  std::mt19937 random(8);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::unique_ptr<ByteSink> make_sink(Compression kind, ByteSink& inner, int level, unsigned threads) {
  if (kind == Compression::kGzip) return make_gzip_sink(inner, level, threads);
  return make_zstd_sink(inner, level, threads);
}

std::string compress(Compression kind, std::string_view text, int level = 1, unsigned threads = 1) {
  StringSink out;
  const auto sink = make_sink(kind, out, level, threads);
  // Odd pieces, so that writes straddle the chunks.
  for (size_t at = 0; at < text.size(); at += 100'003) {
    EXPECT_TRUE(sink->write(as_bytes(text.substr(at, 100'003))).ok());
  }
  EXPECT_TRUE(sink->finish().ok());
  return out.text();
}

Result<std::string> decompress(Compression kind, std::string_view bytes, size_t piece = 65536,
                               uint64_t limit = kNoLimit) {
  TricklingSource input(bytes, piece);
  const auto source = TRY(open_compressed(input, kind, limit));
  return read_all(*source, size_t{1} << 30);
}

class Compressed : public testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(Codecs, Compressed, testing::Values(Compression::kGzip, Compression::kZstd),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST_P(Compressed, RoundTripsEverySize) {
  const size_t chunk = size_t{1} << 20;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{511}, size_t{65536}, chunk - 1, chunk, chunk + 1, 3 * chunk}) {
    for (const std::string& text : {sample(size), noise(size), std::string(size, '\0')}) {
      const auto back = decompress(GetParam(), compress(GetParam(), text));
      ASSERT_TRUE(back.ok()) << size << ": " << back.error().text();
      EXPECT_TRUE(*back == text) << size;
    }
  }
}

TEST_P(Compressed, EveryLevelRoundTrips) {
  const std::string text = sample(300'000);
  for (const int level : {1, 3, 6, 9})
    EXPECT_EQ(decompress(GetParam(), compress(GetParam(), text, level)).value(), text);
}

TEST_P(Compressed, TheNumberOfThreadsDoesNotChangeTheOutput) {
  const std::string text = sample(7'500'000);
  const std::string one = compress(GetParam(), text, 1, 1);
  for (const unsigned threads : {2u, 5u, 0u}) EXPECT_TRUE(compress(GetParam(), text, 1, threads) == one) << threads;
  EXPECT_LT(one.size(), text.size());
}

TEST_P(Compressed, InputMayComeByteByByte) {
  const std::string text = sample(50'000);
  EXPECT_EQ(decompress(GetParam(), compress(GetParam(), text), 1).value(), text);
}

TEST_P(Compressed, JoinedStreamsGiveJoinedTexts) {
  const std::string joined = compress(GetParam(), "hello ") + compress(GetParam(), "") + compress(GetParam(), "world");
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{7}, size_t{4096}}) {
    EXPECT_EQ(decompress(GetParam(), joined, piece).value(), "hello world");
  }
}

TEST_P(Compressed, EveryTruncationIsCorrupt) {
  const std::string bytes = compress(GetParam(), sample(3000));
  for (size_t size = 0; size < bytes.size(); ++size) {
    for (const size_t piece : {size_t{1}, size_t{65536}}) {
      const auto result = decompress(GetParam(), bytes.substr(0, size), piece);
      ASSERT_FALSE(result.ok()) << size;
      EXPECT_EQ(result.error().kind(), ErrorKind::kCorrupt);
    }
  }
}

TEST_P(Compressed, EveryFlippedByteIsNoticedOrHarmless) {
  const std::string text = sample(3000);
  const std::string bytes = compress(GetParam(), text);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    const auto result = decompress(GetParam(), damaged);
    EXPECT_EQ(result.ok() ? *result : text, text) << "byte " << i;  // harmless: a time in the header
  }
}

TEST_P(Compressed, TheLimitBoundsWhatIsDecoded) {
  const std::string bytes = compress(GetParam(), std::string(1'000'000, '\0'));
  EXPECT_TRUE(decompress(GetParam(), bytes, 65536, 1'000'000).ok());
  const auto result = decompress(GetParam(), bytes, 65536, 999'999);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().text(), HasSubstr("more than 999999 bytes when decompressed"));
}

TEST_P(Compressed, IsDetectedByItsMagic) {
  const std::string bytes = compress(GetParam(), "some text");
  EXPECT_EQ(detect_compression(as_bytes(bytes)).value(), GetParam());
  TricklingSource input(bytes, 1);
  const auto source = open_detected(input).value();
  EXPECT_EQ(read_all(*source, 100).value(), "some text");
}

// Output goes to buffers of any size.
TEST_P(Compressed, SmallReadsGiveTheSame) {
  const std::string text = sample(5000);
  const std::string bytes = compress(GetParam(), text);
  MemorySource input(bytes);
  const auto source = open_compressed(input, GetParam()).value();
  std::string back;
  std::array<std::byte, 3> buffer;
  for (;;) {
    const size_t count = source->read(buffer).value();
    if (count == 0) break;
    back += as_text(ByteView(buffer).first(count));
  }
  EXPECT_EQ(back, text);
  EXPECT_EQ(source->read(buffer).value(), 0u);
}

TEST(Detection, OtherBytesPassThrough) {
  for (const char* text : {"", "P", "plain text"}) {
    MemorySource input((std::string_view(text)));
    const auto source = open_detected(input).value();
    EXPECT_EQ(read_all(*source, 100).value(), text);
  }
}

TEST(Detection, NamesWhatIsNotSupported) {
  EXPECT_THAT(detect_compression(as_bytes("BZh91A")).error().text(), HasSubstr("bzip2"));
  EXPECT_THAT(detect_compression(as_bytes(std::string_view("\xfd"
                                                           "7zXZ\0",
                                                           6)))
                  .error()
                  .text(),
              HasSubstr("xz"));
}

TEST(Gzip, ZerosMayFollowAndNothingElse) {
  const std::string bytes = compress(Compression::kGzip, "text");
  EXPECT_EQ(decompress(Compression::kGzip, bytes + std::string(200'000, '\0')).value(), "text");
  EXPECT_THAT(decompress(Compression::kGzip, bytes + std::string(10, '\0') + "x").error().text(), HasSubstr("garbage"));
  EXPECT_FALSE(decompress(Compression::kGzip, bytes + "garbage").ok());
}

TEST(Gzip, WhatIsNoGzipIsSaidSo) {
  EXPECT_THAT(decompress(Compression::kGzip, "hello world, hello world").error().text(),
              HasSubstr("not a gzip header"));
  EXPECT_THAT(decompress(Compression::kGzip, "").error().text(), HasSubstr("empty"));
}

TEST(Gzip, ReadsHeadersWithNamesAndComments) {
  std::string bytes = compress(Compression::kGzip, "text");
  bytes[3] = 0x08 | 0x10 | 0x04;  // name, comment, extra field
  bytes.insert(10, std::string("\x05\0extra", 7) + std::string("name\0", 5) + std::string("comment\0", 8));
  for (const size_t piece : {size_t{1}, size_t{64}}) {
    EXPECT_EQ(decompress(Compression::kGzip, bytes, piece).value(), "text");
  }
}

// Runs a shell command on a file with the bytes and returns what it prints.
std::string through_command(const std::string& bytes, const std::string& command) {
  std::string path = testing::TempDir() + "/tare_compress_XXXXXX";
  FILE* file = fdopen(mkstemp(path.data()), "w");
  fwrite(bytes.data(), 1, bytes.size(), file);
  fclose(file);
  FILE* pipe = popen((command + " < " + path).c_str(), "re");
  std::string output;
  std::array<char, 65536> buffer;
  for (size_t count; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), count);
  EXPECT_EQ(pclose(pipe), 0) << command;
  remove(path.c_str());
  return output;
}

TEST(Interoperation, GzipReadsOursAndWeReadGzips) {
  if (system("command -v gzip > /dev/null") != 0) GTEST_SKIP() << "gzip is not installed";
  const std::string text = sample(2'500'000);
  EXPECT_TRUE(through_command(compress(Compression::kGzip, text, 6, 3), "gzip -dc") == text);
  EXPECT_TRUE(decompress(Compression::kGzip, through_command(text, "gzip -9c")).value() == text);
}

TEST(Interoperation, ZstdReadsOursAndWeReadZstds) {
  if (system("command -v zstd > /dev/null") != 0) GTEST_SKIP() << "zstd is not installed";
  const std::string text = sample(2'500'000);
  EXPECT_TRUE(through_command(compress(Compression::kZstd, text, 3, 3), "zstd -dcq") == text);
  EXPECT_TRUE(decompress(Compression::kZstd, through_command(text, "zstd -19cq")).value() == text);
}

}  // namespace
}  // namespace tare::codec
