#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/tar.h"
#include "codec/tar_header.h"
#include "codec/tar_pax.h"

namespace tare::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kEnd(1024, '\0');

std::string padded(std::string text) {
  text.resize((text.size() + 511) / 512 * 512, '\0');
  return text;
}

std::string block_of(const TarHeader& header) { return std::string(as_text(format_tar_header(header))); }

std::string header(char type, std::string_view path, uint64_t size = 0, std::string_view link = "") {
  return block_of(
      {.type = type, .path = std::string(path), .link_target = std::string(link), .mode = 0644, .size = size});
}

std::string file(std::string_view path, const std::string& text) {
  return header('0', path, text.size()) + padded(text);
}

std::string pax(std::initializer_list<PaxRecord> records, char type = 'x') {
  std::string text;
  for (const auto& [key, value] : records) text += format_pax_record(key, value);
  return header(type, "pax", text.size()) + padded(text);
}

// Recomputes the checksum of the first block after a change.
std::string sealed(std::string block) {
  block.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : block.substr(0, 512)) sum += static_cast<unsigned char>(c);
  return block.replace(148, 7, formatted("{:06o}", sum) + std::string(1, '\0'));
}

std::string put(std::string block, size_t offset, std::string_view bytes) {
  return sealed(block.replace(offset, bytes.size(), bytes));
}

class OneByOneSource : public ByteSource {
 public:
  explicit OneByOneSource(std::string_view text) : memory_(text) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    return memory_.read(buffer.first(std::min<size_t>(buffer.size(), 1)));
  }

 private:
  MemorySource memory_;
};

struct Read {
  TarEntry entry;
  std::string data;
  std::string chunks;  // the same by next_chunk, holes as dots
};

Result<std::vector<Read>> read_with(ByteSource& source, bool by_chunks) {
  TarReader reader(source);
  std::vector<Read> entries;
  for (;;) {
    auto entry = TRY(reader.next());
    if (!entry) return entries;
    Read read{.entry = *std::move(entry)};
    if (by_chunks) read.chunks.assign(std::min<uint64_t>(read.entry.size, 10'000'000), '.');
    for (bool more = by_chunks; more;) {
      const auto chunk = TRY(reader.next_chunk());
      more = chunk.has_value();
      if (more) read.chunks.replace(chunk->offset, chunk->bytes.size(), as_text(chunk->bytes));
    }
    std::array<std::byte, 700> buffer;
    for (size_t count = 1; !by_chunks && count > 0;) {
      count = TRY(reader.read(buffer));
      read.data += as_text(ByteView(buffer).first(count));
    }
    entries.push_back(std::move(read));
  }
}

Result<std::vector<Read>> read_tar(const std::string& archive) {
  MemorySource source(archive);
  auto entries = TRY(read_with(source, false));
  OneByOneSource slow(archive);
  const auto chunked = TRY(read_with(slow, true));
  for (size_t i = 0; i < entries.size(); ++i) entries[i].chunks = chunked.at(i).chunks;
  return entries;
}

TarEntry only_entry(const std::string& archive) {
  auto entries = read_tar(archive);
  EXPECT_TRUE(entries.ok()) << entries.error().text();
  return entries.ok() && entries->size() == 1 ? (*entries)[0].entry : TarEntry{};
}

std::string failure_of(const std::string& archive) {
  const auto entries = read_tar(archive);
  return entries.ok() ? "read" : entries.error().text();
}

TEST(TarReader, ReadsFilesInOrder) {
  const auto entries =
      read_tar(file("a", "hello") + file("b/c", std::string(1500, 'x')) + file("d", "") + kEnd).value();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].entry.path, "a");
  EXPECT_EQ(entries[0].data, "hello");
  EXPECT_EQ(entries[0].chunks, "hello");
  EXPECT_EQ(entries[1].data, std::string(1500, 'x'));
  EXPECT_EQ(entries[1].chunks, std::string(1500, 'x'));
  EXPECT_EQ(entries[2].entry.size, 0u);
}

TEST(TarReader, UnreadDataIsSkipped) {
  const std::string archive = file("a", std::string(1'000'000, 'x')) + file("b", "text") + kEnd;
  MemorySource source(archive);
  TarReader reader(source);
  EXPECT_EQ(reader.next().value()->path, "a");
  EXPECT_EQ(reader.next().value()->path, "b");
  EXPECT_EQ(as_text(reader.next_chunk().value()->bytes), "text");
  EXPECT_FALSE(reader.next_chunk().value().has_value());
  EXPECT_FALSE(reader.next().value().has_value());
  EXPECT_FALSE(reader.next().value().has_value());
}

TEST(TarReader, KnowsEveryType) {
  EXPECT_EQ(only_entry(header('1', "a", 0, "b")).type, TarType::kHardLink);
  EXPECT_EQ(only_entry(header('1', "a", 0, "b")).link_target, "b");
  EXPECT_EQ(only_entry(header('2', "a", 0, "../b")).type, TarType::kSymlink);
  EXPECT_EQ(only_entry(header('3', "a")).type, TarType::kCharacterDevice);
  EXPECT_EQ(only_entry(header('4', "a")).type, TarType::kBlockDevice);
  EXPECT_EQ(only_entry(header('5', "a")).type, TarType::kDirectory);
  EXPECT_EQ(only_entry(header('6', "a")).type, TarType::kFifo);
  EXPECT_EQ(only_entry(header('7', "a")).type, TarType::kFile);
  EXPECT_EQ(only_entry(header('\0', "a")).type, TarType::kFile);
  EXPECT_EQ(only_entry(header('0', "a/")).type, TarType::kDirectory);
  EXPECT_THAT(failure_of(header('M', "a")), HasSubstr("tar entry 'a' at offset 0: entries of type 'M'"));
}

TEST(TarReader, ReadsDeviceNumbersOwnersAndTimes) {
  const TarEntry entry = only_entry(block_of({.type = '4',
                                              .path = "sda",
                                              .user_name = "root",
                                              .group_name = "disk",
                                              .mode = 04755,
                                              .uid = 1000,
                                              .gid = 6,
                                              .mtime = 1'700'000'000,
                                              .device_major = 8,
                                              .device_minor = 17}));
  EXPECT_EQ(entry.device_major, 8u);
  EXPECT_EQ(entry.device_minor, 17u);
  EXPECT_EQ(entry.mode, 04755u);
  EXPECT_EQ(entry.uid, 1000u);
  EXPECT_EQ(entry.gid, 6u);
  EXPECT_EQ(entry.user_name, "root");
  EXPECT_EQ(entry.group_name, "disk");
  EXPECT_EQ(entry.mtime, (TarTime{1'700'000'000, 0}));
}

TEST(TarReader, OnlyFilesHaveData) {
  // Links and directories that state a size; the next header follows at once.
  const auto entries = read_tar(header('1', "a", 5, "b") + header('5', "d", 7) + file("f", "x") + kEnd).value();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].entry.size, 0u);
  EXPECT_EQ(entries[2].data, "x");
}

TEST(TarReader, JoinsPrefixAndName) {
  const std::string long_path = std::string(120, 'd') + "/" + std::string(90, 'f');
  EXPECT_EQ(only_entry(header('0', long_path)).path, long_path);
  // GNU's header has no prefix but times in that place.
  std::string gnu = put(header('0', "name"), 257, std::string_view("ustar  \0", 8));
  EXPECT_EQ(only_entry(put(gnu, 345, "14371030535")).path, "name");
  // star has a shorter prefix with times after it.
  const std::string prefix = std::string(131, 'p');
  const std::string star =
      put(put(put(header('0', "name"), 345, prefix + "14371030535 "), 508, std::string_view("tar\0", 4)), 0, "name");
  EXPECT_EQ(only_entry(star).path, prefix + "/name");
}

TEST(TarReader, ReadsV7Headers) {
  std::string block = header('\0', "dir/");
  block.replace(257, 255, 255, '\0');
  EXPECT_EQ(only_entry(sealed(block)).type, TarType::kDirectory);
}

TEST(TarReader, PaxOverridesTheHeader) {
  const std::string name = std::string(3000, 'n') + "\xff\xfe";
  const std::string archive = pax({{"path", name},
                                   {"uid", "3000000"},
                                   {"gid", "4000000000"},
                                   {"mtime", "1.5"},
                                   {"SCHILY.xattr.user.a", std::string("v\0=\n", 4)},
                                   {"size", "3"},
                                   {"LIBARCHIVE.xattr.user.%62", "dGV4dA"},
                                   {"atime", "x"},
                                   {"comment", ""}}) +
                              header('0', "short", 0) + padded("abc") + kEnd;
  const auto entries = read_tar(archive).value();
  ASSERT_EQ(entries.size(), 1u);
  const TarEntry& entry = entries[0].entry;
  EXPECT_EQ(entry.path, name);
  EXPECT_EQ(entry.uid, 3'000'000u);
  EXPECT_EQ(entry.gid, 4'000'000'000u);
  EXPECT_EQ(entry.mtime, (TarTime{1, 500'000'000}));
  EXPECT_THAT(entry.xattrs, ElementsAre(TarXattr{"user.a", std::string("v\0=\n", 4)}, TarXattr{"user.b", "text"}));
  EXPECT_EQ(entries[0].data, "abc");
}

TEST(TarReader, PaxLinkTargetsAndTakenBackValues) {
  EXPECT_EQ(only_entry(pax({{"linkpath", "far"}}) + header('2', "a", 0, "near")).link_target, "far");
  EXPECT_EQ(only_entry(pax({{"path", "x"}, {"path", ""}}) + header('0', "a")).path, "a");
}

TEST(TarReader, APaxHeaderIsForOneEntryAndAGlobalOneForAll) {
  const auto entries =
      read_tar(pax({{"uid", "7"}, {"comment", "c"}}, 'g') + pax({{"uid", "9"}}) + file("a", "") + file("b", "") + kEnd)
          .value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].entry.uid, 9u);
  EXPECT_EQ(entries[1].entry.uid, 7u);
}

TEST(TarReader, GnuLongNames) {
  const std::string name(500, 'n');
  const std::string link(600, 'l');
  const std::string archive = header('K', "././@LongLink", 601) + padded(link + '\0') +
                              header('L', "././@LongLink", 501) + padded(name + '\0') + header('2', "nnn", 0, "lll") +
                              file("b", "") + kEnd;
  const auto entries = read_tar(archive).value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].entry.path, name);
  EXPECT_EQ(entries[0].entry.link_target, link);
  EXPECT_EQ(entries[1].entry.path, "b");
}

TEST(TarReader, Base256Numbers) {
  const std::string uid("\x80\0\0\0\x80\0\0\1", 8);
  EXPECT_EQ(only_entry(put(header('0', "a"), 108, uid)).uid, 0x80000001u);
  const std::string before_1970(12, '\xff');
  EXPECT_EQ(only_entry(put(header('0', "a"), 136, before_1970)).mtime.seconds, -1);
  EXPECT_THAT(failure_of(put(header('0', "a"), 124, before_1970)), HasSubstr("a size is negative"));
  EXPECT_THAT(failure_of(put(header('0', "a"), 124, "\x80" + std::string(11, '\x7f'))), HasSubstr("64 bits"));
  EXPECT_THAT(failure_of(put(header('0', "a"), 108, std::string("\x80\0\0\1\0\0\0\0", 8))), HasSubstr("id too large"));
}

TEST(TarReader, NumbersMayBePaddedInAnyWay) {
  for (const std::string& text :
       {std::string("  12 \0\0\0", 8), std::string("12\0xyzab", 8), std::string("00000012", 8)}) {
    EXPECT_EQ(only_entry(put(header('0', "a"), 108, text)).uid, 10u) << text;
  }
  EXPECT_THAT(failure_of(put(header('0', "a"), 108, "12x45678")), HasSubstr("not octal"));
  EXPECT_THAT(failure_of(put(header('0', "a"), 108, "-1      ")), HasSubstr("not octal"));
}

TEST(TarReader, SparsePax) {
  const auto check = [](const std::string& archive, const char* what) {
    const auto entries = read_tar(archive).value();
    ASSERT_EQ(entries.size(), 2u) << what;
    EXPECT_EQ(entries[0].entry.path, "real") << what;
    EXPECT_EQ(entries[0].entry.size, 20u) << what;
    EXPECT_TRUE(entries[0].entry.sparse);
    EXPECT_THAT(entries[0].entry.extents, ElementsAre(TarExtent{3, 2}, TarExtent{10, 4})) << what;
    EXPECT_EQ(entries[0].chunks, "...ab.....cdef......") << what;
    EXPECT_EQ(entries[0].data, std::string("\0\0\0ab\0\0\0\0\0cdef\0\0\0\0\0\0", 20)) << what;
    EXPECT_EQ(entries[1].entry.path, "next");
  };
  const std::string rest = header('0', "GNUSparseFile.0/x", 6) + padded("abcdef") + file("next", "") + kEnd;
  check(pax({{"GNU.sparse.size", "20"},
             {"GNU.sparse.numblocks", "3"},
             {"path", "real"},
             {"GNU.sparse.offset", "3"},
             {"GNU.sparse.numbytes", "2"},
             {"GNU.sparse.offset", "10"},
             {"GNU.sparse.numbytes", "4"},
             {"GNU.sparse.offset", "20"},
             {"GNU.sparse.numbytes", "0"}}) +
            rest,
        "0.0");
  check(pax({{"GNU.sparse.size", "20"},
             {"GNU.sparse.numblocks", "3"},
             {"GNU.sparse.name", "real"},
             {"GNU.sparse.map", "3,2,10,4,20,0"}}) +
            rest,
        "0.1");
  check(pax({{"GNU.sparse.major", "1"},
             {"GNU.sparse.minor", "0"},
             {"GNU.sparse.name", "real"},
             {"GNU.sparse.realsize", "20"}}) +
            header('0', "GNUSparseFile.0/x", 518) + padded("3\n3\n2\n10\n4\n20\n0\n") + padded("abcdef") +
            file("next", "") + kEnd,
        "1.0");
}

TEST(TarReader, SparseGnu) {
  std::string block = header('S', "real", 6);
  const auto pair = [](uint64_t offset, uint64_t size) { return formatted("{:011o} {:011o} ", offset, size); };
  block = put(block, 386, pair(3, 2));
  block = put(block, 482, "\1");
  block = put(block, 483, "00000000024 ");
  const std::string archive = block + padded(pair(10, 4)) + padded("abcdef") + file("next", "") + kEnd;
  const auto entries = read_tar(archive).value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].chunks, "...ab.....cdef......");
}

TEST(TarReader, SparseMapsThatLieAreRefused) {
  const std::string data = header('0', "x", 6) + padded("abcdef") + kEnd;
  for (const char* map : {"3,2,10,5", "3,2,10,3", "10,4,3,2", "3,4,5,2", "3,2,17,4", "9223372036854775807,6", "0,6,",
                          "0,6,x,0", "-1,6", "18446744073709551615,6"}) {
    EXPECT_NE(failure_of(pax({{"GNU.sparse.size", "20"}, {"GNU.sparse.map", map}}) + data), "read") << map;
  }
  const std::string one = pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "20"}});
  for (const char* map :
       {"", "x\n", "1\n0\n", "99999999999\n", "1\n0\n7\n", "-1\n", "000000000000000000000000000001\n"}) {
    EXPECT_NE(failure_of(one + header('0', "x", 518) + padded(map + std::string(512, '\0')).substr(0, 512) +
                         padded("abcdef") + kEnd),
              "read")
        << map;
  }
}

TEST(TarReader, AHoleOfManyTerabytesCostsNothing) {
  const std::string archive = pax({{"GNU.sparse.size", "9000000000000000"}, {"GNU.sparse.map", "8999999999999999,1"}}) +
                              header('0', "x", 1) + padded("a") + kEnd;
  MemorySource source(archive);
  TarReader reader(source);
  EXPECT_EQ(reader.next().value()->size, 9'000'000'000'000'000u);
  EXPECT_EQ(reader.next_chunk().value()->offset, 8'999'999'999'999'999u);
  EXPECT_FALSE(reader.next().value().has_value());
}

TEST(TarReader, MalformedPaxHeadersAreRefused) {
  const auto raw = [](const std::string& text) {
    return header('x', "p", text.size()) + padded(text) + file("a", "") + kEnd;
  };
  for (const char* text : {"x", "5 a=b", "7 a=b\n", "5 a=b\n", "6 a=bc", "6 ab=\n\n", "0 a=b\n", "-6 a=b\n", "6 =ab\n",
                           "99999999999999999999999 a=b\n", "6 abc\n", " 6 a=b\n", "6  a=b\n", "3\n4 "}) {
    EXPECT_NE(failure_of(raw(text)), "read") << text;
  }
  for (const PaxRecord& record : std::initializer_list<PaxRecord>{{"uid", "x"},
                                                                  {"uid", "-1"},
                                                                  {"size", "1.5"},
                                                                  {"size", "9223372036854775808"},
                                                                  {"mtime", "x"},
                                                                  {"mtime", "1.x"},
                                                                  {"mtime", "."},
                                                                  {"path", std::string("a\0b", 3)},
                                                                  {"linkpath", std::string("\0", 1)},
                                                                  {"LIBARCHIVE.xattr.a", "!"},
                                                                  {"GNU.sparse.numbytes", "1"}}) {
    EXPECT_THAT(failure_of(pax({record}) + file("a", "") + kEnd), HasSubstr("pax")) << record.first;
  }
  EXPECT_THAT(failure_of(header('x', "p", 2 << 20)), HasSubstr("a header of 2097152 bytes"));
  EXPECT_THAT(failure_of(header('L', "p", 2 << 20)), HasSubstr("a header of 2097152 bytes"));
  EXPECT_THAT(failure_of(pax({{"uid", "1"}}) + kEnd), HasSubstr("ends after an extended header"));
}

TEST(TarReader, BadHeadersAreNamedWithTheirPlace) {
  std::string damaged = file("b", "");
  damaged[0] = 'c';
  EXPECT_EQ(failure_of(file("a", "xyz") + damaged),
            "tar archive, offset 1024: not a tar header: the checksum does not match");
  EXPECT_THAT(failure_of(std::string(512, '\0') + file("a", "")), HasSubstr("a zero block between entries"));
  EXPECT_THAT(failure_of(header('0', "")), HasSubstr("an entry without a name"));
  EXPECT_THAT(failure_of(header('M', "a\x1b[2J\n")), HasSubstr("'a\\x1b[2J\\x0a'"));
}

TEST(TarReader, EveryTruncationWithinAnEntryIsCorrupt) {
  const std::string archive = pax({{"mtime", "1.5"}}) + file("a", std::string(700, 'x'));
  for (size_t size = 1; size < archive.size(); ++size) {
    MemorySource source(std::string_view(archive).substr(0, size));
    const auto result = read_with(source, false);
    ASSERT_FALSE(result.ok()) << size;
    EXPECT_EQ(result.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(TarReader, EndsAtZeroBlocksOrAtTheEndOfTheBytes) {
  EXPECT_TRUE(read_tar("").value().empty());
  EXPECT_TRUE(read_tar(kEnd).value().empty());
  EXPECT_EQ(read_tar(file("a", "")).value().size(), 1u);
  EXPECT_EQ(read_tar(file("a", "") + std::string(512, '\0')).value().size(), 1u);
  EXPECT_EQ(read_tar(file("a", "") + kEnd + "whatever follows").value().size(), 1u);
  EXPECT_THAT(failure_of("x"), HasSubstr("ends too early"));
}

TEST(TarReader, FlippedBitsNeverCrash) {
  const std::string archive = pax({{"path", "long"}, {"GNU.sparse.map", "3,2,10,4"}, {"GNU.sparse.size", "20"}}) +
                              header('0', "x", 6) + padded("abcdef") + kEnd;
  for (size_t i = 0; i < archive.size(); ++i) {
    for (const int mask : {1, 0x80}) {
      std::string damaged = archive;
      damaged[i] = static_cast<char>(damaged[i] ^ mask);
      // The header is sealed again, so that the change reaches the code behind the checksum.
      if (i < 512) damaged = sealed(damaged);
      const auto result = read_tar(damaged);
      if (!result.ok()) {
        EXPECT_EQ(result.error().kind(), ErrorKind::kCorrupt);
      }
    }
  }
}

}  // namespace
}  // namespace tare::codec
