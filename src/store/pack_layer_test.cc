#include "store/pack_layer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "store/overlay_format.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using testing::must;

class PackLayer : public ::testing::Test {
 protected:
  void SetUp() override { must(os::make_directory(upper_)); }
  std::string pack() {
    StringSink sink;
    must(pack_layer(upper_, sink));
    return sink.text();
  }
  std::vector<codec::TarEntry> entries() {
    const std::string bytes = pack();
    MemorySource source(bytes);
    codec::TarReader reader(source);
    std::vector<codec::TarEntry> found;
    for (;;) {
      auto entry = must(reader.next());
      if (!entry) return found;
      found.push_back(std::move(*entry));
    }
  }

  testing::ScratchDirectory scratch_;
  const std::string upper_ = scratch_ / "upper";
};

TEST_F(PackLayer, IsSortedAndRepeatable) {
  for (const char* name : {"b", "a", "c"}) must(os::write_file_atomic(formatted("{}/{}", upper_, name), name));
  must(os::make_directory(upper_ + "/ab"));
  must(os::write_file_atomic(upper_ + "/ab/z", "z"));
  std::vector<std::string> paths;
  for (const auto& entry : entries()) paths.push_back(entry.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "ab/", "ab/z", "b", "c"}));
  EXPECT_EQ(pack(), pack());
}

TEST_F(PackLayer, LinksKeepTogether) {
  must(os::write_file_atomic(upper_ + "/one", "1"));
  ASSERT_EQ(::link((upper_ + "/one").c_str(), (upper_ + "/two").c_str()), 0);
  ASSERT_EQ(::symlink("anywhere", (upper_ + "/s").c_str()), 0);
  const auto found = entries();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1].type, codec::TarType::kSymlink);
  EXPECT_EQ(found[1].link_target, "anywhere");
  EXPECT_EQ(found[2].type, codec::TarType::kHardLink);
  EXPECT_EQ(found[2].link_target, "one");
}

TEST_F(PackLayer, DeletionsAreWhiteouts) {
  must(make_whiteout(must(os::open(upper_, O_PATH)), "gone"));
  must(os::make_directory(upper_ + "/o"));
  must(make_opaque(must(os::open(upper_ + "/o", O_PATH)), host_overlay_format(), "o"));
  const auto found = entries();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, ".wh.gone");
  EXPECT_EQ(found[0].type, codec::TarType::kFile);
  EXPECT_EQ(found[2].path, "o/.wh..wh..opq");
  EXPECT_TRUE(found[1].xattrs.empty());
}

TEST_F(PackLayer, AttributesArePackedButNotOverlayfssOwn) {
  must(os::write_file_atomic(upper_ + "/f", "1"));
  ASSERT_EQ(::setxattr((upper_ + "/f").c_str(), "user.note", "n", 1, 0), 0);
  ASSERT_EQ(::setxattr((upper_ + "/f").c_str(), "user.overlay.origin", "o", 1, 0), 0);
  const auto found = entries();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].xattrs, (std::vector<codec::TarXattr>{{"user.note", "n"}}));
}

TEST_F(PackLayer, WhatOnlyPointsIntoLowerLayersIsRefused) {
  must(os::make_directory(upper_ + "/d"));
  ASSERT_EQ(::setxattr((upper_ + "/d").c_str(), "user.overlay.redirect", "/e", 2, 0), 0);
  StringSink sink;
  const auto refused = pack_layer(upper_, sink);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUnsupported);
}

TEST_F(PackLayer, AFileThatWouldReadAsAWhiteoutIsRefused) {
  must(os::write_file_atomic(upper_ + "/.wh.real", "1"));
  StringSink sink;
  EXPECT_EQ(pack_layer(upper_, sink).error().kind(), ErrorKind::kUnsupported);
}

TEST_F(PackLayer, SocketsAreLeftOut) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = upper_ + "/s";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(entries().empty());
  EXPECT_FALSE(os::exists(path));
}

}  // namespace
}  // namespace tare::store
