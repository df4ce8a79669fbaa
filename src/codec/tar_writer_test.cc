#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "codec/tar.h"
#include "codec/tar_header.h"
#include "codec/tar_pax.h"

namespace tare::codec {
namespace {

using testing::HasSubstr;

std::string write_tar(const std::vector<std::pair<TarEntry, std::string>>& entries) {
  StringSink sink;
  TarWriter writer(sink);
  for (const auto& [entry, data] : entries) {
    EXPECT_TRUE(writer.add(entry).ok());
    EXPECT_TRUE(writer.write(as_bytes(data)).ok());
  }
  EXPECT_TRUE(writer.finish().ok());
  return sink.text();
}

std::string write_one(const TarEntry& entry, const std::string& data = "") { return write_tar({{entry, data}}); }

TarEntry read_one(const std::string& archive) {
  MemorySource source(archive);
  TarReader reader(source);
  auto entry = reader.next();
  EXPECT_TRUE(entry.ok()) << entry.error().text();
  return entry.ok() && *entry ? **std::move(entry) : TarEntry{};
}

void expect_same(const TarEntry& back, const TarEntry& entry) {
  EXPECT_EQ(back.type, entry.type);
  EXPECT_EQ(back.path, entry.path);
  EXPECT_EQ(back.link_target, entry.link_target);
  EXPECT_EQ(back.mode, entry.mode);
  EXPECT_EQ(back.uid, entry.uid);
  EXPECT_EQ(back.gid, entry.gid);
  EXPECT_EQ(back.user_name, entry.user_name);
  EXPECT_EQ(back.size, entry.size);
  EXPECT_EQ(back.mtime, entry.mtime);
  EXPECT_EQ(back.device_major, entry.device_major);
  EXPECT_EQ(back.device_minor, entry.device_minor);
  EXPECT_EQ(back.xattrs, entry.xattrs);
}

TEST(TarWriter, WritesPlainUstarWhereThatIsEnough) {
  const TarEntry entry{.path = "etc/hosts",
                       .mode = 0644,
                       .uid = 5,
                       .gid = 6,
                       .user_name = "u",
                       .group_name = "g",
                       .size = 5,
                       .mtime = {1'700'000'000, 0}};
  const std::string archive = write_one(entry, "hello");
  EXPECT_EQ(archive.size(), 512u + 512 + 1024);
  EXPECT_EQ(archive.substr(257, 8), std::string("ustar\00000", 8));
  expect_same(read_one(archive), entry);
}

TEST(TarWriter, EveryKindOfEntryComesBack) {
  using Entries = std::vector<TarEntry>;
  for (const TarEntry& entry : Entries{
           {.type = TarType::kDirectory, .path = "d/", .mode = 01777},
           {.type = TarType::kHardLink, .path = "h", .link_target = "d/file"},
           {.type = TarType::kSymlink, .path = "s", .link_target = std::string(3000, 't'), .mode = 0777},
           {.type = TarType::kCharacterDevice, .path = "c", .device_major = 4095, .device_minor = 1'048'575},
           {.type = TarType::kBlockDevice, .path = "b", .device_major = 8, .device_minor = 1},
           {.type = TarType::kFifo, .path = "f", .mode = 06600},
           {.path = std::string(4000, 'n')},
           {.path = std::string(90, 'd') + "/" + std::string(90, 'n')},
           {.path = "\xff\xfe not UTF-8 \n"},
           {.path = "p", .uid = 4'294'967'294, .gid = 2'097'152},
           {.path = "p", .user_name = std::string(40, 'u')},
           {.path = "p", .mtime = {-1, 500'000'000}},
           {.path = "p", .mtime = {-5, 0}},
           {.path = "p", .mtime = {1, 1}},
           {.path = "p", .mtime = {99'999'999'999, 999'999'999}},
           {.path = "p", .xattrs = {{"security.capability", std::string("\1\0\0\2", 4)}, {"user.=%", "=\n"}}},
       }) {
    expect_same(read_one(write_one(entry)), entry);
  }
}

TEST(TarWriter, SizesOverEightGigabytesGoIntoPax) {
  StringSink sink;
  TarWriter writer(sink);
  const TarEntry entry{.path = "big", .size = uint64_t{9} << 30};
  ASSERT_TRUE(writer.add(entry).ok());
  expect_same(read_one(sink.text()), entry);
}

TEST(TarWriter, DirectoriesEndInASlash) {
  EXPECT_EQ(read_one(write_one({.type = TarType::kDirectory, .path = "d"})).path, "d/");
}

TEST(TarWriter, TheSameEntriesGiveTheSameBytes) {
  const TarEntry one{.path = "p", .xattrs = {{"user.a", "1"}, {"user.b", "2"}}};
  const TarEntry other{.path = "p", .xattrs = {{"user.b", "2"}, {"user.a", "1"}}};
  EXPECT_EQ(write_one(one), write_one(other));
}

TEST(TarWriter, HoldsTheCallerToTheSize) {
  StringSink sink;
  TarWriter writer(sink);
  ASSERT_TRUE(writer.add({.path = "a", .size = 3}).ok());
  EXPECT_THAT(writer.write(as_bytes("abcd")).error().text(), HasSubstr("'a' has more data"));
  ASSERT_TRUE(writer.write(as_bytes("ab")).ok());
  EXPECT_THAT(writer.add({.path = "b"}).error().text(), HasSubstr("'a' has 1 bytes less data"));
  EXPECT_THAT(writer.finish().error().text(), HasSubstr("less data"));
}

TEST(TarWriter, RefusesNamesThatCannotBe) {
  StringSink sink;
  TarWriter writer(sink);
  EXPECT_FALSE(writer.add({.path = ""}).ok());
  EXPECT_FALSE(writer.add({.path = std::string("a\0b", 3)}).ok());
  EXPECT_FALSE(writer.add({.type = TarType::kSymlink, .path = "a", .link_target = std::string("\0", 1)}).ok());
  EXPECT_FALSE(writer.add({.type = TarType::kDirectory, .path = "a", .size = 1}).ok());
  EXPECT_EQ(sink.text(), "");
}

TEST(UstarPrefix, CutsWhereBothHalvesFit) {
  EXPECT_EQ(ustar_prefix_length(std::string(100, 'a')), 0u);
  EXPECT_EQ(ustar_prefix_length(std::string(101, 'a')), std::string_view::npos);
  EXPECT_EQ(ustar_prefix_length(std::string(155, 'a') + "/" + std::string(100, 'b')), 155u);
  EXPECT_EQ(ustar_prefix_length(std::string(156, 'a') + "/" + std::string(99, 'b')), std::string_view::npos);
  EXPECT_EQ(ustar_prefix_length(std::string(100, 'a') + "/"), std::string_view::npos);
  EXPECT_EQ(ustar_prefix_length("/" + std::string(100, 'b')), std::string_view::npos);
}

TEST(PaxTime, ReadsAndWritesFractionsOnBothSidesOfTheEpoch) {
  const std::vector<std::pair<const char*, TarTime>> times{
      {"0", {0, 0}},   {"1.5", {1, 500'000'000}}, {"-1.5", {-2, 500'000'000}}, {"-0.25", {-1, 750'000'000}},
      {"-3", {-3, 0}}, {"7.000000001", {7, 1}}};
  for (const auto& [text, time] : times) {
    EXPECT_EQ(parse_pax_time(text).value(), time) << text;
    EXPECT_EQ(format_pax_time(time), text);
  }
  EXPECT_EQ(parse_pax_time("1.0000000019").value(), (TarTime{1, 1}));
  EXPECT_EQ(parse_pax_time("1.").value(), (TarTime{1, 0}));
}

TEST(PaxRecord, TheLengthCountsItself) {
  for (size_t size = 0; size < 1100; ++size) {
    const std::string record = format_pax_record("k", std::string(size, 'v'));
    const auto back = parse_pax_records(record);
    ASSERT_TRUE(back.ok()) << size;
    EXPECT_EQ(back->at(0).second.size(), size);
  }
}

// A scratch directory in which the system's tar works.
class SystemTar : public testing::Test {
 protected:
  void SetUp() override {
    if (system("tar --version 2>/dev/null | grep -q GNU") != 0) GTEST_SKIP() << "GNU tar is not installed";
    directory_ = testing::TempDir() + "/tare_tar_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override {
    if (!directory_.empty()) run("rm -rf \"$PWD\"");
  }
  void run(const std::string& command) {
    ASSERT_EQ(system(("cd " + directory_ + " && " + command).c_str()), 0) << command;
  }
  std::string content(const std::string& name) {
    std::ifstream stream(directory_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::string directory_;
};

TEST_F(SystemTar, ReadsWhatItWritesInEveryFormat) {
  run("mkdir -p tree/dir && cd tree && printf hello > file && ln file hard && ln -s file soft && mkfifo fifo && "
      "printf x > dir/$(printf 'n%.0s' $(seq 240)) && truncate -s 1M sparse && printf data >> sparse && "
      "touch -d @1700000000.123456789 file && touch $(printf 'b\\377')");
  for (const char* format : {"gnu", "posix", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "oldgnu"}) {
    run(std::string("tar -cSf a.tar --format=") + format + " -C tree .");
    const std::string archive = content("a.tar");
    MemorySource source(archive);
    TarReader reader(source);
    std::map<std::string, TarEntry> entries;
    for (;;) {
      auto entry = reader.next();
      ASSERT_TRUE(entry.ok()) << format << ": " << entry.error().text();
      if (!*entry) break;
      entries[(*entry)->path] = **entry;
    }
    EXPECT_EQ(entries.size(), 9u) << format;
    EXPECT_EQ(entries["./sparse"].size, (1u << 20) + 4) << format;
    EXPECT_TRUE(entries["./sparse"].sparse) << format;
    EXPECT_EQ(entries["./dir/" + std::string(240, 'n')].size, 1u) << format;
    EXPECT_EQ(entries["./soft"].link_target, "file") << format;
    EXPECT_EQ(entries["./fifo"].type, TarType::kFifo) << format;
    EXPECT_EQ(entries.count("./b\xff"), 1u) << format;
    const auto linked = entries["./hard"].type == TarType::kHardLink || entries["./file"].type == TarType::kHardLink;
    EXPECT_TRUE(linked) << format;
  }
}

TEST_F(SystemTar, ExtractsWhatWeWrite) {
  const std::string long_name = std::string(150, 'd') + "/" + std::string(200, 'n');
  std::ofstream(directory_ + "/a.tar", std::ios::binary)
      << write_tar({{{.type = TarType::kDirectory, .path = std::string(150, 'd'), .mode = 0755}, ""},
                    {{.path = long_name, .mode = 0640, .size = 5, .mtime = {1'700'000'000, 123'456'789}}, "hello"},
                    {{.type = TarType::kHardLink, .path = "hard", .link_target = long_name}, ""},
                    {{.type = TarType::kSymlink, .path = "soft", .link_target = "hard"}, ""}});
  run("tar --no-same-owner -xf a.tar");
  EXPECT_EQ(content(long_name), "hello");
  EXPECT_EQ(content("soft"), "hello");
  struct stat status {};
  ASSERT_EQ(stat((directory_ + "/hard").c_str(), &status), 0);
  EXPECT_EQ(status.st_nlink, 2u);
  EXPECT_EQ(status.st_mtim.tv_nsec, 123'456'789);
}

}  // namespace
}  // namespace tare::codec
