#include "store/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/database.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using testing::Archive;
using testing::must;

std::string small_layer() { return Archive().directory("etc").file("etc/name", "tare").bytes(); }

TEST(Store, WritesAndReadsBlobs) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto descriptor = must(store.write_blob("text/plain", "hello"));
  EXPECT_TRUE(store.has_blob(descriptor.digest));
  EXPECT_EQ(must(store.read_blob(descriptor.digest)), "hello");
  EXPECT_FALSE(store.has_blob(oci::Digest::of("other")));
}

TEST(Store, RefusesABlobThatIsNotWhatItsDigestSays) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto descriptor = testing::describe("text/plain", "good bytes");
  const auto failed = store.ingest_blob(descriptor, testing::serve("evil bytes"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind(), ErrorKind::kCorrupt);
  EXPECT_FALSE(store.has_blob(descriptor.digest));
  must(store.ingest_blob(descriptor, testing::serve("good bytes")));
  EXPECT_EQ(must(store.read_blob(descriptor.digest)), "good bytes");
}

TEST(Store, RefusesABlobThatIsTooLong) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto failed = store.ingest_blob(testing::describe("text/plain", "short"), testing::serve("short and more"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind(), ErrorKind::kCorrupt);
}

TEST(Store, NoticesADamagedDocument) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto descriptor = must(store.write_blob("text/plain", "hello"));
  must(os::write_file(formatted("{}/blobs/sha256/{}", store.root(), descriptor.digest.hex()), "HELLO"));
  EXPECT_EQ(store.read_blob(descriptor.digest).error().kind(), ErrorKind::kCorrupt);
}

TEST(Store, ResumesWhatHadArrived) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const std::string blob = testing::gzip(small_layer());
  const auto descriptor = testing::describe(oci::media_type::kOciLayerGzip, blob);
  const auto diff_id = oci::Digest::of(small_layer());
  const auto cut_off = [&](uint64_t offset) -> Result<std::unique_ptr<ByteSource>> {
    return std::unique_ptr<ByteSource>(std::make_unique<testing::OwnedSource>(blob.substr(offset, 40)));
  };
  EXPECT_FALSE(store.ingest_layer(descriptor, diff_id, cut_off).ok());
  EXPECT_FALSE(store.has_layer(diff_id));

  std::vector<uint64_t> offsets;
  const auto rest = [&](uint64_t offset) {
    offsets.push_back(offset);
    return testing::serve(blob)(offset);
  };
  must(store.ingest_layer(descriptor, diff_id, rest));
  EXPECT_EQ(offsets, std::vector<uint64_t>{40});
  EXPECT_EQ(must(os::read_file(testing::layer_path(store, diff_id) + "/etc/name")), "tare");
}

TEST(Store, FetchesAnewWhenWhatHadArrivedIsDamaged) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const std::string blob = testing::gzip(small_layer());
  const auto descriptor = testing::describe(oci::media_type::kOciLayerGzip, blob);
  const auto diff_id = oci::Digest::of(small_layer());
  must(os::write_file_atomic(formatted("{}/ingest/{}", store.root(), descriptor.digest.hex()), std::string(50, 'x')));
  must(store.ingest_layer(descriptor, diff_id, testing::serve(blob)));
  EXPECT_TRUE(store.has_layer(diff_id));
}

TEST(Store, RefusesALayerWithAnotherDiffId) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const std::string tar = small_layer();
  const auto failed = store.ingest_layer(testing::describe(oci::media_type::kOciLayer, tar), oci::Digest::of("other"),
                                         testing::serve(tar));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind(), ErrorKind::kCorrupt);
  EXPECT_FALSE(store.has_layer(oci::Digest::of("other")));
}

TEST(Store, UnpacksAgainFromTheLocalBlob) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto descriptor = testing::add_layer(store, small_layer());
  must(store.database().execute("UPDATE layer SET boot = 'an earlier boot'"));
  EXPECT_FALSE(store.has_layer(descriptor.digest));
  const auto no_network = [](uint64_t) -> Result<std::unique_ptr<ByteSource>> {
    return Failure(ErrorKind::kUnavailable, "no network");
  };
  must(store.ingest_layer(descriptor, descriptor.digest, no_network));
  EXPECT_TRUE(store.has_layer(descriptor.digest));
}

// The machine went down before the files were on disk: nothing of that boot counts, and all of it is checked again.
TEST(Store, TrustsNothingUnsyncedOfAnEarlierBoot) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto descriptor = testing::add_layer(store, small_layer());
  must(store.database().execute("UPDATE layer SET boot = 'earlier'; UPDATE blob SET boot = 'earlier'"));
  must(os::write_file_atomic(formatted("{}/blobs/sha256/{}", store.root(), descriptor.digest.hex()),
                             std::string(descriptor.size, '\0')));
  EXPECT_FALSE(store.has_blob(descriptor.digest));
  must(store.ingest_layer(descriptor, descriptor.digest, testing::serve(small_layer())));
  EXPECT_EQ(must(os::read_file(testing::layer_path(store, descriptor.digest) + "/etc/name")), "tare");
}

TEST(Store, NamedImagesAreOnDisk) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto layer = testing::add_layer(store, small_layer());
  testing::add_image(store, "shop/hello:1", {layer});
  auto rows =
      must(store.database().prepare("SELECT (SELECT count(*) FROM layer WHERE boot IS NOT NULL) + (SELECT count(*) "
                                    "FROM blob WHERE boot IS NOT NULL)"));
  ASSERT_TRUE(must(rows.step()));
  EXPECT_EQ(rows.integer(0), 0);
}

TEST(Store, ManyThreadsIngestAtOnceAndShareTheWork) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  std::atomic<int> opened = 0;
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string tar = Archive().file("name", formatted("layer {}", i % 2)).bytes();
      const auto descriptor = testing::describe(oci::media_type::kOciLayer, tar);
      const auto open = [&](uint64_t offset) {
        ++opened;
        return testing::serve(tar)(offset);
      };
      if (!store.ingest_layer(descriptor, descriptor.digest, open).ok()) ++failures;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(opened, 2);
}

TEST(Store, LayersWithTheSameBeginningDoNotMixUp) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto first = testing::add_layer(store, small_layer());
  // As if another layer had the name that this one would get.
  const auto second_tar = Archive().file("second", "2").bytes();
  const auto second = testing::describe(oci::media_type::kOciLayer, second_tar);
  must(store.database().execute(formatted("UPDATE layer SET directory = '{}'", second.digest.hex().substr(0, 16))));
  must(store.ingest_layer(second, second.digest, testing::serve(second_tar)));
  const auto lower = must(store.lower_layers({first.digest, second.digest}));
  ASSERT_EQ(lower.names.size(), 2u);
  EXPECT_NE(lower.names[0], lower.names[1]);
  EXPECT_TRUE(os::exists(formatted("{}/{}/second", lower.directory, lower.names[0])));
}

TEST(Store, TheSameLayerTwiceIsListedOnce) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto one = testing::add_layer(store, small_layer());
  const auto two = testing::add_layer(store, Archive().file("two", "2").bytes());
  const auto lower = must(store.lower_layers({one.digest, two.digest, one.digest}));
  ASSERT_EQ(lower.names.size(), 2u);
  EXPECT_TRUE(os::exists(formatted("{}/{}/etc/name", lower.directory, lower.names[0])));
}

TEST(Store, MissingLayerIsNamed) {
  const testing::ScratchDirectory scratch;
  auto store = must(Store::open(scratch / "store"));
  const auto missing = store.lower_layers({oci::Digest::of("x")});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind(), ErrorKind::kNotFound);
  EXPECT_NE(missing.error().text().find(oci::Digest::of("x").string()), std::string::npos);
}

}  // namespace
}  // namespace tare::store
