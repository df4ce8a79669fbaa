#include "store/merge_layers.h"

#include <gtest/gtest.h>

#include "store/testing.h"

namespace tare::store {
namespace {

using testing::Archive;
using testing::must;

TEST(MergeLayers, GivesTheTreeThatOverlayfsWouldShow) {
  if (!testing::is_root()) GTEST_SKIP() << "owners need root";
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  Archive base;
  base.directory("d", 0700, 5).file("d/one", "1").file("d/two", "2").directory("o").file("o/x", "1").file("f", "old");
  base.directory("becomes-file").file("becomes-file/in", "1").hard_link("d/link", "d/two").symlink("s", "/etc");
  Archive top;
  top.file("d/.wh.one", "").directory("o").file("o/.wh..wh..opq", "").file("o/y", "2").file("f", "new");
  top.file("becomes-file", "now").directory("s").file("s/in", "3");
  const auto lower = must(store.lower_layers(
      {testing::add_layer(store, base.bytes()).digest, testing::add_layer(store, top.bytes()).digest}));
  const std::string target = scratch / "rootfs";
  must(os::make_directory(target));
  must(merge_layers(lower, target));
  EXPECT_EQ(must(os::list_directory(target + "/d")), (std::vector<std::string>{"link", "two"}));
  EXPECT_EQ(must(os::link_status(target + "/d")).st_uid, 5u);
  EXPECT_EQ(must(os::link_status(target + "/d")).st_mtim.tv_sec, 1000);
  EXPECT_EQ(must(os::link_status(target + "/d/link")).st_nlink, 2u);
  EXPECT_EQ(must(os::list_directory(target + "/o")), std::vector<std::string>{"y"});
  EXPECT_EQ(must(os::read_file(target + "/f")), "new");
  EXPECT_EQ(must(os::read_file(target + "/becomes-file")), "now");
  EXPECT_EQ(must(os::read_file(target + "/s/in")), "3");
}

}  // namespace
}  // namespace tare::store
