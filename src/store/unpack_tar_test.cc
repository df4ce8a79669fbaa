// What archives may do, and what hostile ones may not: every attack here is tried on a directory that lies beside one
// with a secret, and nothing outside of the target may change.
#include "store/unpack_tar.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "store/overlay_format.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using codec::TarType;
using testing::Archive;
using testing::must;

class UnpackTar : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "owners, devices and trusted attributes need root";
    must(os::make_directory(target_));
    must(os::make_directory(outside_));
    must(os::write_file_atomic(outside_ + "/secret", "untouched"));
  }

  void TearDown() override {
    if (!testing::is_root()) return;
    EXPECT_EQ(must(os::list_directory(outside_)), std::vector<std::string>{"secret"});
    EXPECT_EQ(must(os::read_file(outside_ + "/secret")), "untouched");
    EXPECT_EQ(must(os::link_status(outside_ + "/secret")).st_nlink, 1u);
    EXPECT_EQ(must(os::link_status(outside_ + "/secret")).st_mode & 07777, 0644u);
    EXPECT_EQ(must(os::list_directory(scratch_.path())), (std::vector<std::string>{"outside", "target"}));
  }

  Result<UnpackedLayer> unpack(const Archive& archive, const UnpackLimits& limits = {}) {
    const std::string bytes = archive.bytes();
    MemorySource source(bytes);
    return unpack_tar(source, target_, OverlayFormat::kTrusted, limits);
  }
  std::string read(const std::string& name) { return must(os::read_file(formatted("{}/{}", target_, name))); }
  struct stat status(const std::string& name) {
    return must(os::link_status(formatted("{}/{}", target_, name)));
  }
  std::string attribute(const std::string& name, const std::string& key) {
    std::string value(256, '\0');
    const ssize_t size =
        ::lgetxattr(formatted("{}/{}", target_, name).c_str(), key.c_str(), value.data(), value.size());
    return size < 0 ? "none" : value.substr(0, static_cast<size_t>(size));
  }
  bool opaque(const std::string& name) { return attribute(name, "trusted.overlay.opaque") == "y"; }

  testing::ScratchDirectory scratch_;
  const std::string target_ = scratch_ / "target";
  const std::string outside_ = scratch_ / "outside";
};

TEST_F(UnpackTar, MakesEverythingWithItsMetadata) {
  Archive archive;
  archive.directory("./", 0711).directory("bin/", 01777, 7);
  archive.add({.type = TarType::kFile,
               .path = "bin/su",
               .mode = 06755,
               .uid = 5,
               .gid = 6,
               .size = 3,
               .mtime = {.seconds = 1234, .nanoseconds = 5}},
              "run");
  archive.add({.type = TarType::kCharacterDevice, .path = "null", .mode = 0666, .device_major = 1, .device_minor = 3});
  archive.add({.type = TarType::kFifo, .path = "pipe", .mode = 0640});
  archive.symlink("link", "/anywhere").hard_link("bin/su2", "bin/su");
  const auto layer = must(unpack(archive));
  EXPECT_EQ(layer.size, 3u);
  EXPECT_TRUE(layer.gaps.empty());
  EXPECT_EQ(status("").st_mode & 07777, 0711u);
  EXPECT_EQ(status("bin").st_mode & 07777, 01777u);
  EXPECT_EQ(status("bin").st_uid, 7u);
  EXPECT_EQ(status("bin").st_mtim.tv_sec, 1000);
  EXPECT_EQ(status("bin/su").st_mode & 07777, 06755u);
  EXPECT_EQ(status("bin/su").st_gid, 6u);
  EXPECT_EQ(status("bin/su").st_mtim.tv_sec, 1234);
  EXPECT_EQ(status("bin/su").st_nlink, 2u);
  EXPECT_EQ(status("null").st_rdev, makedev(1, 3));
  EXPECT_TRUE(S_ISFIFO(status("pipe").st_mode));
  EXPECT_EQ(must(os::read_link(target_ + "/link")), "/anywhere");
}

TEST_F(UnpackTar, SetsAttributesButNotOverlayfssOwn) {
  const std::string capability("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  Archive archive;
  archive.add({.type = TarType::kFile,
               .path = "ping",
               .mode = 0755,
               .uid = 3,
               .xattrs = {{"security.capability", capability}, {"user.note", "n"}, {"trusted.overlay.metacopy", "x"}}});
  archive.add(
      {.type = TarType::kDirectory,
       .path = "d",
       .mode = 0755,
       .xattrs = {
           {"trusted.overlay.redirect", "/etc"}, {"trusted.overlay.opaque", "y"}, {"user.overlay.opaque", "y"}}});
  must(unpack(archive));
  EXPECT_EQ(attribute("ping", "security.capability"), capability);
  EXPECT_EQ(attribute("ping", "user.note"), "n");
  EXPECT_EQ(attribute("ping", "trusted.overlay.metacopy"), "none");
  EXPECT_EQ(attribute("d", "trusted.overlay.redirect"), "none");
  EXPECT_EQ(attribute("d", "user.overlay.opaque"), "none");
  EXPECT_FALSE(opaque("d"));
}

TEST_F(UnpackTar, ZerosStayZeros) {
  Archive archive;
  std::string dense(size_t{4} << 20, '\0');
  dense.replace(1 << 20, 4, "data");
  codec::TarEntry entry{.type = TarType::kFile, .path = "sparse", .mode = 0644, .size = dense.size()};
  archive.add(entry, dense);
  must(unpack(archive));
  EXPECT_EQ(read("sparse"), dense);
}

TEST_F(UnpackTar, WhiteoutsBecomeOverlayfss) {
  Archive archive;
  archive.directory("d").file("d/.wh.gone", "").directory("o").file("o/.wh..wh..opq", "").file("o/new", "1");
  archive.file(".wh..wh.plnk", "");
  must(unpack(archive));
  EXPECT_TRUE(is_whiteout(status("d/gone")));
  EXPECT_FALSE(os::exists(target_ + "/d/.wh.gone"));
  EXPECT_TRUE(opaque("o"));
  EXPECT_FALSE(os::exists(target_ + "/o/.wh..wh..opq"));
  EXPECT_FALSE(os::exists(target_ + "/.wh..wh.plnk"));
}

TEST_F(UnpackTar, WhiteoutAndNewEntryOfOneNameInAnyOrder) {
  Archive archive;
  archive.file(".wh.a", "").file("a", "new").file("b", "new").file(".wh.b", "");
  archive.file(".wh.c", "").directory("c").directory("d").file(".wh.d", "").file(".wh.e", "").file("e/f", "new");
  const auto layer = must(unpack(archive));
  EXPECT_EQ(read("a"), "new");
  EXPECT_EQ(read("b"), "new");
  EXPECT_TRUE(opaque("c"));
  EXPECT_TRUE(opaque("d"));
  EXPECT_TRUE(opaque("e"));
  EXPECT_EQ(read("e/f"), "new");
  EXPECT_TRUE(layer.gaps.empty());
}

TEST_F(UnpackTar, RecordsDirectoriesThatAreNotListed) {
  Archive archive;
  archive.file("usr/lib/x", "1").directory("usr", 0700).file("var/y", "2");
  const auto layer = must(unpack(archive));
  ASSERT_EQ(layer.gaps.size(), 2u);
  EXPECT_EQ(layer.gaps[0].path, "usr/lib");
  EXPECT_EQ(layer.gaps[1].path, "var");
  EXPECT_EQ(status("usr/lib").st_mode & 07777, 0755u);
  EXPECT_EQ(status("usr").st_mode & 07777, 0700u);
}

TEST_F(UnpackTar, RecordsHardLinksIntoLowerLayers) {
  const auto layer = must(unpack(Archive().hard_link("copy", "lower/file")));
  ASSERT_EQ(layer.gaps.size(), 1u);
  EXPECT_EQ(layer.gaps[0].path, "copy");
  EXPECT_EQ(layer.gaps[0].target, "lower/file");
}

TEST_F(UnpackTar, LaterEntriesReplaceEarlierOnesOfAnyType) {
  Archive archive;
  archive.directory("a").file("a/in", "1").file("a", "file now");
  archive.file("b", "1").directory("b").file("b/in", "2");
  archive.symlink("c", "a").file("c", "file now");
  archive.directory("d").file("d/in", "1").symlink("d", "b").file("d/through", "3");
  must(unpack(archive));
  EXPECT_EQ(read("a"), "file now");
  EXPECT_EQ(read("b/in"), "2");
  EXPECT_EQ(read("c"), "file now");
  EXPECT_TRUE(S_ISREG(status("c").st_mode));
  EXPECT_EQ(read("b/through"), "3");
}

TEST_F(UnpackTar, SymlinksInsideTheLayerAreFollowedInside) {
  Archive archive;
  archive.directory("usr").directory("usr/lib").symlink("lib", "usr/lib").file("lib/x", "1");
  archive.symlink("abs", "/usr/lib").file("abs/y", "2");
  must(unpack(archive));
  EXPECT_EQ(read("usr/lib/x"), "1");
  EXPECT_EQ(read("usr/lib/y"), "2");
}

TEST_F(UnpackTar, AbsoluteNamesLandInside) {
  must(unpack(Archive().file(outside_ + "/secret", "stolen")));
  EXPECT_EQ(read(outside_.substr(1) + "/secret"), "stolen");
}

TEST_F(UnpackTar, NamesThatClimbOutAreRefused) {
  for (const char* name : {"../outside/secret", "a/../../outside/secret", "/../../outside/secret", ".."}) {
    const auto refused = unpack(Archive().file(name, "stolen"));
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST_F(UnpackTar, WritingThroughASymlinkStaysInside) {
  Archive relative;
  relative.symlink("out", "../outside").file("out/secret", "stolen");
  (void)unpack(relative);
  Archive absolute;
  absolute.symlink("out2", outside_).file("out2/secret", "stolen");
  (void)unpack(absolute);
  Archive twice;
  twice.directory("d").symlink("d/up", "..").symlink("esc", "d/up/../outside").file("esc/secret", "stolen");
  (void)unpack(twice);
}

TEST_F(UnpackTar, OverwritingASymlinkReplacesTheLinkNotItsTarget) {
  must(unpack(Archive().symlink("s", outside_ + "/secret").file("s", "mine")));
  EXPECT_EQ(read("s"), "mine");
  EXPECT_TRUE(S_ISREG(status("s").st_mode));
}

TEST_F(UnpackTar, MetadataDoesNotFollowASymlink) {
  Archive archive;
  archive.add({.type = TarType::kSymlink,
               .path = "s",
               .link_target = outside_ + "/secret",
               .mode = 0777,
               .uid = 99,
               .mtime = {.seconds = 1}});
  must(unpack(archive));
  EXPECT_EQ(status("s").st_uid, 99u);
  EXPECT_EQ(must(os::link_status(outside_ + "/secret")).st_uid, 0u);
}

TEST_F(UnpackTar, DirectoryEntryOverASymlinkReplacesIt) {
  must(unpack(Archive().symlink("d", outside_).directory("d", 0700).file("d/secret", "mine")));
  EXPECT_EQ(read("d/secret"), "mine");
  EXPECT_TRUE(S_ISDIR(status("d").st_mode));
}

TEST_F(UnpackTar, HardLinkToTheOutsideIsNotMade) {
  for (const std::string& target : {std::string("../outside/secret"), std::string("a/../../outside/secret")}) {
    EXPECT_FALSE(unpack(Archive().hard_link("h", target)).ok()) << target;
  }
  must(unpack(Archive().hard_link("h2", outside_ + "/secret")));
  EXPECT_TRUE(is_whiteout(status("h2")));
  must(unpack(Archive().symlink("out", outside_).hard_link("h3", "out/secret")));
  EXPECT_TRUE(is_whiteout(status("h3")));
}

TEST_F(UnpackTar, HardLinkToASymlinkLinksTheSymlink) {
  must(unpack(Archive().symlink("s", outside_ + "/secret").hard_link("h", "s")));
  EXPECT_TRUE(S_ISLNK(status("h").st_mode));
  // Writing to it replaces the link.
  must(unpack(Archive().symlink("s", outside_ + "/secret").hard_link("h", "s").file("h", "mine")));
  EXPECT_EQ(read("h"), "mine");
}

TEST_F(UnpackTar, HardLinkToADirectoryOrTheRootIsRefused) {
  EXPECT_FALSE(unpack(Archive().directory("d").hard_link("h", "d")).ok());
  EXPECT_FALSE(unpack(Archive().hard_link("h", "./")).ok());
}

TEST_F(UnpackTar, HardLinkToItselfKeepsTheFile) {
  must(unpack(Archive().file("f", "1").hard_link("f", "f")));
  EXPECT_EQ(read("f"), "1");
}

TEST_F(UnpackTar, WhiteoutsCannotReachOutside) {
  EXPECT_FALSE(unpack(Archive().file("../outside/.wh.secret", "")).ok());
  (void)unpack(Archive().symlink("out", outside_).file("out/.wh.secret", ""));
  (void)unpack(Archive().symlink("out", outside_).file("out/.wh..wh..opq", ""));
  EXPECT_FALSE(unpack(Archive().file(".wh...", "")).ok());
}

TEST_F(UnpackTar, TheRootCannotBeReplaced) {
  EXPECT_FALSE(unpack(Archive().file(".", "x")).ok());
  EXPECT_FALSE(unpack(Archive().symlink(".", outside_)).ok());
  EXPECT_FALSE(unpack(Archive().symlink("a/..", outside_)).ok());
}

TEST_F(UnpackTar, FilesBelowAFileAreRefused) { EXPECT_FALSE(unpack(Archive().file("f", "1").file("f/g", "2")).ok()); }

TEST_F(UnpackTar, FilesBelowADanglingSymlinkAreRefused) {
  EXPECT_FALSE(unpack(Archive().symlink("s", "nowhere").file("s/g", "2")).ok());
  EXPECT_FALSE(unpack(Archive().symlink("a", "b").symlink("b", "a").file("a/g", "2")).ok());
}

TEST_F(UnpackTar, LimitsAreKept) {
  const auto entries = unpack(Archive().file("a", "").file("b", "").file("c", ""), {.entries = 2});
  ASSERT_FALSE(entries.ok());
  EXPECT_EQ(entries.error().kind(), ErrorKind::kCorrupt);
  const auto bytes = unpack(Archive().file("a", "123").file("b", "456"), {.bytes = 5});
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(UnpackTar, TruncatedArchiveIsRefused) {
  std::string bytes = Archive().file("a", std::string(2000, 'x')).bytes();
  bytes.resize(1200);
  MemorySource source(bytes);
  EXPECT_FALSE(unpack_tar(source, target_, OverlayFormat::kTrusted).ok());
}

TEST_F(UnpackTar, LongNamesSurvive) {
  const std::string name = std::string(200, 'a') + "/" + std::string(200, 'b') + "/" + std::string(255, 'c');
  must(unpack(Archive().file(name, "1")));
  EXPECT_EQ(read(name), "1");
}

}  // namespace
}  // namespace tare::store
