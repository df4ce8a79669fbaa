// Layers as overlayfs shows them: mounts need root.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include "os/process.h"
#include "store/overlay_format.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using codec::TarType;
using testing::Archive;
using testing::must;

// The tests of this file mount: in a namespace of their own, so that nothing can be left behind.
class Overlay : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "mounting needs root";
    static const bool separated =
        ::unshare(CLONE_NEWNS) == 0 && ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) == 0;
    ASSERT_TRUE(separated);
    for (const char* name : {"upper", "work", "merged"}) must(os::make_directory(scratch_ / name));
  }
  void TearDown() override { (void)::umount2((scratch_ / "merged").c_str(), MNT_DETACH); }

  void mount_layers(const std::vector<oci::Digest>& diff_ids) {
    const auto lower = must(store_.lower_layers(diff_ids));
    std::vector<std::string> paths;
    for (const auto& name : lower.names) paths.push_back(formatted("{}/{}", lower.directory, name));
    const std::string options =
        formatted("lowerdir={},upperdir={},workdir={}", join(paths, ":"), scratch_ / "upper", scratch_ / "work");
    ASSERT_EQ(::mount("overlay", (scratch_ / "merged").c_str(), "overlay", 0, options.c_str()), 0);
  }
  std::string merged(const std::string& name) { return formatted("{}/merged/{}", scratch_.path(), name); }
  oci::Digest layer(const Archive& archive) { return testing::add_layer(store_, archive.bytes()).digest; }

  testing::ScratchDirectory scratch_;
  Store store_ = must(Store::open(scratch_ / "store"));
};

TEST_F(Overlay, DeletionsHideWhatIsBelow) {
  const auto base =
      layer(Archive().directory("d").file("d/one", "1").file("d/two", "2").directory("o").file("o/x", "1"));
  const auto top =
      layer(Archive().directory("d").file("d/.wh.one", "").directory("o").file("o/.wh..wh..opq", "").file("o/y", "2"));
  mount_layers({base, top});
  EXPECT_EQ(must(os::list_directory(merged("d"))), std::vector<std::string>{"two"});
  EXPECT_EQ(must(os::list_directory(merged("o"))), std::vector<std::string>{"y"});
}

TEST_F(Overlay, DirectoriesThatALayerDoesNotListKeepTheirMetadata) {
  const auto base = layer(Archive().directory("a", 0700, 12).directory("a/b", 01777, 13).directory("p", 0750, 1));
  const auto middle = layer(Archive().file("a/b/middle", "1"));
  const auto top = layer(Archive().file("a/b/c/top", "2").directory("p", 0711, 2));
  mount_layers({base, middle, top});
  EXPECT_EQ(must(os::read_file(merged("a/b/middle"))), "1");
  EXPECT_EQ(must(os::read_file(merged("a/b/c/top"))), "2");
  EXPECT_EQ(must(os::link_status(merged("a"))).st_mode & 07777, 0700u);
  EXPECT_EQ(must(os::link_status(merged("a"))).st_uid, 12u);
  EXPECT_EQ(must(os::link_status(merged("a"))).st_mtim.tv_sec, 1000);
  EXPECT_EQ(must(os::link_status(merged("a/b"))).st_mode & 07777, 01777u);
  EXPECT_EQ(must(os::link_status(merged("a/b"))).st_uid, 13u);
  EXPECT_EQ(must(os::link_status(merged("a/b/c"))).st_mode & 07777, 0755u);
  EXPECT_EQ(must(os::link_status(merged("p"))).st_uid, 2u);
}

TEST_F(Overlay, TheSameLayerOnAnotherBaseGetsThatOnesMetadata) {
  const auto one = layer(Archive().directory("a", 0700));
  const auto two = layer(Archive().directory("a", 0711));
  const auto top = layer(Archive().file("a/x", "1"));
  (void)must(store_.lower_layers({one, top}));
  mount_layers({two, top});
  EXPECT_EQ(must(os::link_status(merged("a"))).st_mode & 07777, 0711u);
}

TEST_F(Overlay, DirectoryThatWasDeletedAndMadeAnewIsNotLikeTheOldOne) {
  const auto base = layer(Archive().directory("a", 0700, 12).file("a/old", "1"));
  const auto top = layer(Archive().file(".wh.a", "").file("a/new", "2"));
  mount_layers({base, top});
  EXPECT_EQ(must(os::list_directory(merged("a"))), std::vector<std::string>{"new"});
  EXPECT_EQ(must(os::link_status(merged("a"))).st_uid, 0u);
}

TEST_F(Overlay, HardLinksIntoLowerLayersHaveTheContent) {
  Archive archive;
  archive.directory("d", 0750, 3);
  archive.add({.type = TarType::kFile, .path = "d/file", .mode = 04711, .uid = 9, .size = 4}, "data");
  const auto base = layer(archive);
  const auto top = layer(Archive().hard_link("d/link", "d/file"));
  mount_layers({base, top});
  EXPECT_EQ(must(os::read_file(merged("d/link"))), "data");
  EXPECT_EQ(must(os::link_status(merged("d/link"))).st_mode & 07777, 04711u);
  EXPECT_EQ(must(os::link_status(merged("d/link"))).st_uid, 9u);
  EXPECT_EQ(must(os::link_status(merged("d"))).st_uid, 3u);
}

TEST_F(Overlay, HardLinkToWhatNoLayerHasIsToldWithBothNames) {
  const auto base = layer(Archive().directory("d"));
  const auto top = layer(Archive().hard_link("d/link", "d/file"));
  const auto lower = store_.lower_layers({base, top});
  ASSERT_FALSE(lower.ok());
  EXPECT_NE(lower.error().text().find("d/file"), std::string::npos);
}

TEST_F(Overlay, CommittedUpperIsTheSameAsItsArchive) {
  const auto base =
      layer(Archive().directory("d").file("d/one", "1").file("d/two", "2").directory("o").file("o/x", "1"));
  mount_layers({base});
  must(os::remove_file(merged("d/one")));
  must(os::remove_tree(merged("o")));
  must(os::make_directory(merged("o")));
  must(os::write_file_atomic(merged("o/new"), "3"));
  ASSERT_EQ(::link(merged("o/new").c_str(), merged("o/again").c_str()), 0);
  ASSERT_EQ(::umount2((scratch_ / "merged").c_str(), 0), 0);
  const auto committed = must(store_.commit_layer(scratch_ / "upper"));
  EXPECT_FALSE(os::exists(scratch_ / "upper"));
  EXPECT_TRUE(store_.has_blob(committed.descriptor.digest));

  // Another store that only gets the archive shows the same tree.
  auto other = must(Store::open(scratch_ / "other"));
  const auto bytes = must(store_.read_blob(committed.descriptor.digest));
  must(other.ingest_layer(committed.descriptor, committed.diff_id, testing::serve(bytes)));
  for (Store* store : {&store_, &other}) {
    const std::string path = testing::layer_path(*store, committed.diff_id);
    EXPECT_TRUE(is_whiteout(must(os::link_status(path + "/d/one"))));
    EXPECT_TRUE(is_opaque(must(os::open(path + "/o", O_PATH))));
    EXPECT_EQ(must(os::read_file(path + "/o/again")), "3");
    EXPECT_EQ(must(os::link_status(path + "/o/again")).st_nlink, 2u);
  }
  for (const char* name : {"upper", "work"}) must(os::remove_tree(scratch_ / name));
  for (const char* name : {"upper", "work"}) must(os::make_directory(scratch_ / name));
  mount_layers({base, committed.diff_id});
  EXPECT_EQ(must(os::list_directory(merged("d"))), std::vector<std::string>{"two"});
  EXPECT_EQ(must(os::list_directory(merged("o"))), (std::vector<std::string>{"again", "new"}));
}

}  // namespace
}  // namespace tare::store
