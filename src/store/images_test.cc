#include <gtest/gtest.h>

#include "oci/manifest.h"
#include "store/database.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using testing::Archive;
using testing::must;

class Images : public ::testing::Test {
 protected:
  oci::Descriptor layer(const std::string& content) {
    return testing::add_layer(store_, Archive().file("file", content).bytes());
  }
  ImageRecord image(const std::string& name, const std::string& content) {
    return testing::add_image(store_, name, {layer(content)});
  }
  size_t count(const std::string& directory) {
    return must(os::list_directory(formatted("{}/{}", store_.root(), directory))).size();
  }
  oci::ImageReference reference(const std::string& name) { return must(oci::ImageReference::parse(name)); }

  testing::ScratchDirectory scratch_;
  Store store_ = must(Store::open(scratch_ / "store"));
};

TEST_F(Images, AreFoundByNameIdAndPrefix) {
  const auto record = image("hello", "1");
  EXPECT_EQ(record.reference, "docker.io/library/hello:latest");
  const std::string id(record.config_digest.hex());
  for (const std::string& name :
       {std::string("hello"), std::string("hello:latest"), std::string("docker.io/library/hello"), id,
        record.config_digest.string(), id.substr(0, 12), "sha256:" + id.substr(0, 5),
        "hello@" + record.manifest.digest.string()}) {
    const auto found = store_.find_image(name);
    ASSERT_TRUE(found.ok()) << name << ": " << found.error().text();
    EXPECT_EQ(found->record.config_digest, record.config_digest);
    EXPECT_EQ(found->manifest.layers.size(), 1u);
    EXPECT_EQ(found->config.diff_ids.size(), 1u);
  }
  EXPECT_EQ(store_.find_image("other").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(store_.find_image("hello:2").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(store_.find_image("other@" + record.manifest.digest.string()).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(store_.find_image("").error().kind(), ErrorKind::kNotFound);
}

TEST_F(Images, AmbiguousPrefixIsTold) {
  image("a", "1");
  image("b", "2");
  must(store_.database().execute("UPDATE image SET config = 'sha256:aaaa' || substr(config, 12)"));
  EXPECT_EQ(store_.find_image("aaaa").error().kind(), ErrorKind::kInvalidArgument);
}

TEST_F(Images, ANameWinsOverTheBeginningOfAnId) {
  const auto first = image("", "1");
  const std::string name = first.config_digest.short_id();
  const auto second = image(name, "2");
  EXPECT_EQ(must(store_.find_image(name)).record.config_digest, second.config_digest);
}

TEST_F(Images, ListHasOneRowPerNameAndTheNameless) {
  const auto one = image("one", "1");
  must(store_.tag(reference("two"), one.manifest));
  image("one", "2");
  const auto nameless = image("", "3");
  std::vector<std::string> names;
  for (const auto& record : must(store_.list_images())) names.push_back(record.reference);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"", "docker.io/library/one:latest", "docker.io/library/two:latest"}));
  EXPECT_EQ(nameless.reference, "");
  EXPECT_EQ(one.size, 1u);
}

TEST_F(Images, TaggingNeedsEverythingToBeHere) {
  const auto config = must(store_.write_blob(oci::media_type::kOciConfig, testing::config_of({}).to_json()));
  oci::Manifest manifest{.media_type = std::string(oci::media_type::kOciManifest), .config = config};
  manifest.layers.push_back(testing::describe(oci::media_type::kOciLayer, "missing"));
  const auto descriptor = must(store_.write_blob(oci::media_type::kOciManifest, manifest.to_json()));
  EXPECT_FALSE(store_.tag(reference("broken"), descriptor).ok());
  EXPECT_FALSE(store_.find_image("broken").ok());
}

TEST_F(Images, IndexOfTheLayoutHasTheNames) {
  const auto record = image("localhost:5000/shop/hello:1", "1");
  const auto index = must(oci::Index::parse(must(os::read_file(store_.root() + "/index.json"))));
  ASSERT_EQ(index.manifests.size(), 1u);
  EXPECT_EQ(index.manifests[0].digest, record.manifest.digest);
  EXPECT_EQ(index.manifests[0].annotations.at("org.opencontainers.image.ref.name"), "localhost:5000/shop/hello:1");
  must(store_.remove_image("localhost:5000/shop/hello:1", false));
  EXPECT_TRUE(must(oci::Index::parse(must(os::read_file(store_.root() + "/index.json")))).manifests.empty());
}

TEST_F(Images, RemovingTheLastNameRemovesEverything) {
  const auto record = image("hello", "1");
  must(store_.tag(reference("hello:2"), record.manifest));
  auto removal = must(store_.remove_image("hello", false));
  EXPECT_EQ(removal.untagged, std::vector<std::string>{"docker.io/library/hello:latest"});
  EXPECT_TRUE(removal.deleted.empty());
  EXPECT_EQ(count("layers"), 1u);
  removal = must(store_.remove_image("hello:2", false));
  EXPECT_EQ(removal.deleted, std::vector<oci::Digest>{record.config_digest});
  EXPECT_EQ(count("layers"), 0u);
  EXPECT_EQ(count("blobs/sha256"), 0u);
  EXPECT_EQ(store_.remove_image("hello:2", false).error().kind(), ErrorKind::kNotFound);
}

TEST_F(Images, SharedLayersStayWithTheOtherImage) {
  const auto shared = layer("shared");
  const auto own = layer("own");
  testing::add_image(store_, "base", {shared});
  testing::add_image(store_, "app", {shared, own});
  must(store_.remove_image("app", false));
  EXPECT_TRUE(store_.has_layer(shared.digest));
  EXPECT_FALSE(store_.has_layer(own.digest));
  must(store_.lower_layers({shared.digest}));
}

TEST_F(Images, ById) {
  const auto record = image("one", "1");
  must(store_.tag(reference("two"), record.manifest));
  const std::string id = record.config_digest.short_id();
  const auto refused = store_.remove_image(id, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  EXPECT_NE(refused.error().text().find("referenced in multiple repositories"), std::string::npos);
  const auto removal = must(store_.remove_image(id, true));
  EXPECT_EQ(removal.untagged.size(), 2u);
  EXPECT_EQ(removal.deleted.size(), 1u);
}

TEST_F(Images, InUseByAContainerAreRefused) {
  const auto record = image("hello", "1");
  must(store_.pin("0123456789abcdef", record.manifest.digest));
  const auto by_name = store_.remove_image("hello", false);
  ASSERT_FALSE(by_name.ok());
  EXPECT_EQ(by_name.error().kind(), ErrorKind::kConflict);
  EXPECT_NE(by_name.error().text().find("container 0123456789ab is using"), std::string::npos);
  EXPECT_EQ(store_.remove_image(record.config_digest.short_id(), false).error().kind(), ErrorKind::kConflict);

  const auto forced = must(store_.remove_image("hello", true));
  EXPECT_EQ(forced.untagged.size(), 1u);
  EXPECT_TRUE(forced.deleted.empty());
  must(store_.collect_garbage(true));
  EXPECT_EQ(count("layers"), 1u);
  must(store_.unpin("0123456789abcdef"));
  EXPECT_EQ(must(store_.collect_garbage(true)).images.size(), 1u);
  EXPECT_EQ(count("layers"), 0u);
}

TEST_F(Images, PinningAnImageThatIsGoneIsNotFound) {
  EXPECT_EQ(store_.pin("c", oci::Digest::of("x")).error().kind(), ErrorKind::kNotFound);
}

TEST_F(Images, CollectionKeepsDanglingOnesUnlessAsked) {
  image("hello", "1");
  image("hello", "2");
  EXPECT_TRUE(must(store_.collect_garbage(false)).images.empty());
  EXPECT_EQ(count("layers"), 2u);
  const auto collected = must(store_.collect_garbage(true));
  EXPECT_EQ(collected.images.size(), 1u);
  EXPECT_GT(collected.bytes, 0u);
  EXPECT_EQ(count("layers"), 1u);
  must(store_.find_image("hello"));
}

TEST_F(Images, CollectionByAnotherProcessSparesWhatIsBeingMade) {
  const auto made = layer("1");
  auto other = must(Store::open(store_.root()));
  must(other.collect_garbage(true));
  EXPECT_TRUE(store_.has_layer(made.digest));
  testing::add_image(store_, "hello", {made});
}

TEST_F(Images, LeaseKeepsWhatWasLookedUp) {
  const auto record = image("base", "1");
  auto other = must(Store::open(store_.root()));
  {
    const auto lease = must(store_.lease());
    must(store_.find_image("base"));
    EXPECT_TRUE(must(other.remove_image("base", true)).deleted.empty());
    EXPECT_EQ(count("layers"), 1u);
  }
  must(store_.find_image(record.config_digest.short_id()));
}

TEST_F(Images, WorkDirectoriesOfTheLivingStay) {
  std::string left;
  {
    auto other = must(Store::open(store_.root()));
    left = must(other.make_work_directory());
  }
  const std::string mine = must(store_.make_work_directory());
  must(os::write_file_atomic(left + "/file", "x"));
  must(store_.collect_garbage(false));
  EXPECT_TRUE(os::exists(mine));
  EXPECT_FALSE(os::exists(left));
}

TEST_F(Images, WhatIsKeptStaysUntilItIsLetGo) {
  const auto kept = layer("1");
  must(store_.keep("cache:a", {kept.digest}));
  must(store_.keep("cache:b", {kept.digest}));
  store_ = must(Store::open(store_.root()));
  must(store_.collect_garbage(true));
  EXPECT_TRUE(store_.has_layer(kept.digest));
  must(store_.let_go("cache:a"));
  must(store_.collect_garbage(true));
  EXPECT_TRUE(store_.has_layer(kept.digest));
  must(store_.let_go("cache:b"));
  must(store_.collect_garbage(true));
  EXPECT_FALSE(store_.has_layer(kept.digest));
  EXPECT_EQ(count("blobs/sha256"), 0u);
}

TEST_F(Images, NothingIsLeftOfAStoreThatWasClosed) {
  {
    auto other = must(Store::open(store_.root()));
    testing::add_layer(other, Archive().file("file", "1").bytes());
  }
  EXPECT_EQ(count("leases"), 0u);
  must(store_.collect_garbage(false));
  EXPECT_EQ(count("layers"), 0u);
}

TEST_F(Images, PulledByDigestHasNoTag) {
  const auto record = image("", "1");
  const auto by_digest = reference("hello").with_digest(record.manifest.digest);
  EXPECT_EQ(must(store_.tag(by_digest, record.manifest)).reference,
            "docker.io/library/hello@" + record.manifest.digest.string());
  must(store_.find_image("hello@" + record.manifest.digest.string()));
  EXPECT_FALSE(store_.find_image("hello").ok());
}

}  // namespace
}  // namespace tare::store
