// Each way in which a store may be damaged is found, and mended from what else the store has.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/testing.h"

namespace tare::store {
namespace {

using testing::Archive;
using testing::must;
using Mode = Store::CheckMode;

class Check : public ::testing::Test {
 protected:
  Check() : store_(must(Store::open(scratch_ / "store"))) {
    const std::string tar = Archive().directory("etc").file("etc/name", "tare").symlink("link", "etc/name").bytes();
    layer_ = testing::describe(oci::media_type::kOciLayerGzip, testing::gzip(tar));
    diff_id_ = oci::Digest::of(tar);
    must(store_.ingest_layer(layer_, *diff_id_, testing::serve(testing::gzip(tar))));
    oci::ImageConfig config;
    config.platform = oci::Platform::host();
    config.created = "2026-01-02T03:04:05Z";
    config.diff_ids = {*diff_id_};
    record_ = must(store_.write_image(config, {layer_}, must(oci::ImageReference::parse("shop/hello:1"))));
  }

  std::string blob(const oci::Digest& digest) const {
    return formatted("{}/blobs/sha256/{}", store_.root(), digest.hex());
  }
  std::string in_layer(std::string_view name) const {
    return formatted("{}/{}", testing::layer_path(store_, *diff_id_), name);
  }

  // One problem is told, is mended, and is gone.
  void expect_mended(const std::string& object, const std::string& what) {
    const auto found = must(store_.check(Mode::kOnlyLook));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].object, object);
    EXPECT_EQ(found[0].what, what);
    EXPECT_EQ(found[0].mended, "");
    const auto mended = must(store_.check(Mode::kRepair));
    ASSERT_EQ(mended.size(), 1u);
    EXPECT_NE(mended[0].mended, "");
    EXPECT_TRUE(must(store_.check(Mode::kOnlyLook)).empty());
    EXPECT_EQ(must(os::read_file(in_layer("etc/name"))), "tare");
  }
  std::string layer_object() const { return "layer " + diff_id_->string(); }

  const testing::ScratchDirectory scratch_;
  Store store_;
  oci::Descriptor layer_{.media_type = "", .digest = oci::Digest::of(""), .size = 0};
  std::optional<oci::Digest> diff_id_;
  std::optional<ImageRecord> record_;
};

TEST_F(Check, FindsNothingInAGoodStore) {
  EXPECT_TRUE(must(store_.check(Mode::kOnlyLook)).empty());
  EXPECT_TRUE(must(os::list_directory(store_.root() + "/ingest")).empty());
}

TEST_F(Check, MendsAFlippedBitInAFileOfALayer) {
  must(os::write_file(in_layer("etc/name"), "uare"));
  expect_mended(layer_object(), "etc/name: another content");
}

TEST_F(Check, MendsAMissingFileOfALayer) {
  must(os::remove_file(in_layer("etc/name")));
  expect_mended(layer_object(), "etc/name: missing");
}

TEST_F(Check, MendsAFileThatIsNotOfTheLayer) {
  must(os::write_file_atomic(in_layer("etc/other"), "x"));
  expect_mended(layer_object(), "etc/other: not of this layer");
}

TEST_F(Check, MendsAChangedModeAndAChangedLink) {
  ASSERT_EQ(::chmod(in_layer("etc/name").c_str(), 04755), 0);
  expect_mended(layer_object(), "etc/name: another mode");
  must(os::remove_file(in_layer("link")));
  ASSERT_EQ(::symlink("/etc/shadow", in_layer("link").c_str()), 0);
  expect_mended(layer_object(), "link: another target");
}

TEST_F(Check, MendsAMissingLayerDirectory) {
  must(os::remove_tree(testing::layer_path(store_, *diff_id_)));
  expect_mended(layer_object(), "its directory is missing");
}

TEST_F(Check, MendsDocumentsFromTheDatabase) {
  must(os::remove_file(blob(record_->manifest.digest)));
  expect_mended("blob " + record_->manifest.digest.string(), "its file is missing");
  must(os::write_file(blob(record_->config_digest), "damage"));
  expect_mended("blob " + record_->config_digest.string(), "its bytes are damaged");
}

TEST_F(Check, RemovesWhatACrashLeft) {
  must(os::make_directory(store_.root() + "/layers/0123456789abcdef"));
  must(os::write_file_atomic(blob(oci::Digest::of("lost")), "lost"));
  expect_mended("store", "2 files or directories that nothing lists");
}

// Only what is damaged is fetched again.
TEST_F(Check, ForgetsADamagedLayerBlobAndKeepsTheLayer) {
  must(os::write_file(blob(layer_.digest), "damage"));
  const auto mended = must(store_.check(Mode::kRepair));
  ASSERT_EQ(mended.size(), 1u);
  EXPECT_EQ(mended[0].what, "its bytes are damaged");
  EXPECT_NE(mended[0].mended.find("pull or build"), std::string::npos);
  EXPECT_FALSE(store_.has_blob(layer_.digest));
  EXPECT_TRUE(store_.has_layer(*diff_id_));
  const auto still = must(store_.check(Mode::kRepair));
  ASSERT_EQ(still.size(), 1u);
  EXPECT_EQ(still[0].mended, "");
  const std::string tar = Archive().directory("etc").file("etc/name", "tare").symlink("link", "etc/name").bytes();
  must(store_.ingest_layer(layer_, *diff_id_, testing::serve(testing::gzip(tar))));
  EXPECT_TRUE(must(store_.check(Mode::kOnlyLook)).empty());
}

TEST_F(Check, LeavesAloneWhatALeaseHolds) {
  const auto lease = must(store_.lease());
  ASSERT_TRUE(store_.has_layer(*diff_id_));
  must(os::write_file(in_layer("etc/name"), "uare"));
  const auto found = must(store_.check(Mode::kRepair));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].mended, "");
  EXPECT_EQ(must(os::read_file(in_layer("etc/name"))), "uare");
}

}  // namespace
}  // namespace tare::store
