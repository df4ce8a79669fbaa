#include "registry/client/pull.h"

#include <gtest/gtest.h>

#include <thread>

#include "os/file.h"
#include "registry/client/fake_registry_test.h"
#include "registry/client/push.h"

namespace tare::registry {
namespace {

class PullTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = os::make_temporary_directory("/tmp", "tare-pull-").value(); }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(folder_).ok()); }
  store::Store open_store() { return store::Store::open(folder_ + "/store").value(); }
  oci::ImageReference reference(const std::string& name = "a/b:1") {
    return oci::ImageReference::parse(registry_.host() + "/" + name).value();
  }
  Result<Pulled> pull_image(store::Store& store, const std::string& name = "a/b:1") {
    PullOptions options{.session = quick_session()};
    options.progress.message = [this](const std::string& line) { lines_.push_back(line); };
    options.progress.layer = [this](const oci::Digest&, LayerState state, const std::string&) {
      const std::lock_guard lock(mutex_);
      states_.push_back(state);
    };
    return pull(store, reference(name), options);
  }
  size_t count(LayerState state) { return static_cast<size_t>(std::count(states_.begin(), states_.end(), state)); }
  // Pulls what must fail, and checks that no name was left.
  Error refused(store::Store& store) {
    auto pulled = pull_image(store);
    EXPECT_FALSE(pulled.ok());
    EXPECT_FALSE(store.find_image(reference().canonical()).ok());
    if (pulled.ok()) return Error(ErrorKind::kInternal, "it was not refused");
    return std::move(pulled).error();
  }

  std::string folder_;
  FakeRegistry registry_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<LayerState> states_;
};

TEST_F(PullTest, BringsConfigurationLayersAndName) {
  const auto manifest = registry_.add_image("1", {"one", "two", "three"});
  auto store = open_store();
  const auto pulled = pull_image(store);
  ASSERT_TRUE(pulled.ok()) << pulled.error().text();
  EXPECT_TRUE(pulled->changed);
  EXPECT_EQ(pulled->digest, manifest.digest);
  EXPECT_EQ(count(LayerState::kPullComplete), 3u);
  EXPECT_EQ(lines_, (std::vector<std::string>{"1: Pulling from a/b", "Digest: " + manifest.digest.string()}));
  const auto image = store.find_image(reference().canonical());
  ASSERT_TRUE(image.ok()) << image.error().text();
  EXPECT_TRUE(store.lower_layers(image->config.diff_ids).ok());
}

TEST_F(PullTest, ASecondPullFetchesNoBlob) {
  registry_.add_image("1", {"one"});
  auto store = open_store();
  ASSERT_TRUE(pull_image(store).ok());
  const size_t before = registry_.count("GET", "/blobs/");
  const auto again = pull_image(store);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(count(LayerState::kAlreadyExists), 1u);
  EXPECT_EQ(registry_.count("GET", "/blobs/"), before);
}

TEST_F(PullTest, OneLayerTwiceIsFetchedOnce) {
  registry_.add_image("1", {"same", "same"});
  auto store = open_store();
  const auto pulled = pull_image(store);
  ASSERT_TRUE(pulled.ok()) << pulled.error().text();
  EXPECT_EQ(registry_.count("GET", "/blobs/"), 2u) << "configuration and layer";
}

TEST_F(PullTest, ABrokenConnectionIsResumedInsideTheLayer) {
  const std::string text(300'000, 'x');
  registry_.add_image("1", {text});
  std::atomic<int> broken = 0;
  registry_.intercept([&](const auto& request, auto& connection) {
    const bool layer = request.target.find("/blobs/") != std::string::npos && !request.headers.find("Range");
    const auto digest = request.target.substr(request.target.rfind('/') + 1);
    const std::string bytes = layer ? registry_.blob(oci::Digest::parse(digest).value()) : "";
    if (bytes.size() < text.size()) return false;
    connection.send(
        formatted("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", bytes.size(), bytes.substr(0, 100'000)));
    ::shutdown(connection.fd(), SHUT_RDWR);
    return ++broken > 0;
  });
  auto store = open_store();
  const auto pulled = pull_image(store);
  ASSERT_TRUE(pulled.ok()) << pulled.error().text();
  EXPECT_EQ(broken, 1);
}

TEST_F(PullTest, AnotherBlobThanTheDigestSaysIsRefused) {
  registry_.add_image("1", {"one"});
  const auto manifest = oci::Manifest::parse(registry_.manifest("1")).value();
  std::string bytes = registry_.blob(manifest.layers[0].digest);
  bytes[600] ^= 1;
  registry_.set_blob(manifest.layers[0].digest.string(), bytes);
  auto store = open_store();
  EXPECT_EQ(refused(store).kind(), ErrorKind::kCorrupt);
  EXPECT_FALSE(store.has_blob(manifest.layers[0].digest));
}

TEST_F(PullTest, AnotherSizeThanTheManifestSaysIsRefused) {
  registry_.add_image("1", {"one"});
  auto manifest = oci::Manifest::parse(registry_.manifest("1")).value();
  for (const uint64_t size : {manifest.layers[0].size - 1, manifest.layers[0].size + 1, uint64_t{0}}) {
    auto lying = manifest;
    lying.layers[0].size = size;
    registry_.set_manifest("1", lying.to_json());
    auto store = open_store();
    EXPECT_EQ(refused(store).kind(), ErrorKind::kCorrupt) << size;
  }
}

TEST_F(PullTest, AnEndlessLayerEndsAtTheDescriptorsSize) {
  registry_.add_image("1", {"one"});
  const auto manifest = oci::Manifest::parse(registry_.manifest("1")).value();
  std::atomic<uint64_t> sent = 0;
  registry_.intercept([&](const auto& request, auto& connection) {
    if (request.target.find(manifest.layers[0].digest.string()) == std::string::npos) return false;
    connection.send("HTTP/1.1 200 OK\r\n\r\n" + registry_.blob(manifest.layers[0].digest));
    const std::string piece(65536, '\0');
    while (connection.send(piece)) sent += piece.size();
    return true;
  });
  auto store = open_store();
  EXPECT_EQ(refused(store).kind(), ErrorKind::kCorrupt);
  EXPECT_LT(sent, uint64_t{64} << 20);
}

TEST_F(PullTest, ManifestAndConfigurationMustAgree) {
  registry_.add_image("1", {"one", "two"});
  auto manifest = oci::Manifest::parse(registry_.manifest("1")).value();
  manifest.layers.pop_back();
  registry_.set_manifest("1", manifest.to_json());
  auto store = open_store();
  EXPECT_EQ(refused(store).kind(), ErrorKind::kCorrupt);
}

TEST_F(PullTest, ForeignLayersAreRefusedBeforeAnythingIsFetched) {
  registry_.add_image("1", {"one"});
  auto manifest = oci::Manifest::parse(registry_.manifest("1")).value();
  manifest.layers[0].media_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  registry_.set_manifest("1", manifest.to_json());
  auto store = open_store();
  EXPECT_EQ(refused(store).kind(), ErrorKind::kUnsupported);
  EXPECT_EQ(registry_.count("GET", "/blobs/"), 0u);
}

TEST_F(PullTest, WhatIsNoContainerImageIsRefused) {
  registry_.add_image("1", {"one"});
  auto manifest = oci::Manifest::parse(registry_.manifest("1")).value();
  manifest.config.media_type = "application/vnd.cncf.helm.config.v1+json";
  registry_.set_manifest("1", manifest.to_json());
  auto store = open_store();
  EXPECT_NE(refused(store).text().find("helm"), std::string::npos);
}

TEST_F(PullTest, TwoPullsAtOnceBothSucceed) {
  registry_.add_image("1", {"one", "two", "three", "four"});
  auto first = open_store();
  auto second = open_store();
  Result<Pulled> other = Failure(ErrorKind::kInternal, "did not run");
  std::thread thread([&] { other = pull(second, reference(), {.session = quick_session()}); });
  const auto mine = pull_image(first);
  thread.join();
  EXPECT_TRUE(mine.ok()) << mine.error().text();
  EXPECT_TRUE(other.ok()) << other.error().text();
}

TEST_F(PullTest, WhatWasPulledIsPushedByteForByte) {
  const auto manifest = registry_.add_image("1", {"one", "two"});
  auto store = open_store();
  const auto pulled = pull_image(store);
  ASSERT_TRUE(pulled.ok()) << pulled.error().text();
  ASSERT_TRUE(store.tag(reference("c/d:2"), pulled->image.manifest).ok());
  FakeRegistry empty;
  const auto there = oci::ImageReference::parse(empty.host() + "/c/d:2").value();
  ASSERT_TRUE(store.tag(there, pulled->image.manifest).ok());
  const auto pushed = push(store, there, {.session = quick_session()});
  ASSERT_TRUE(pushed.ok()) << pushed.error().text();
  EXPECT_EQ(pushed->digest, manifest.digest);
  EXPECT_EQ(empty.manifest("2"), registry_.manifest("1"));
}

TEST_F(PullTest, APushSendsNoBlobThatIsThere) {
  registry_.add_image("1", {"one", "two"});
  auto store = open_store();
  ASSERT_TRUE(pull_image(store).ok());
  std::atomic<int> there = 0;
  PushOptions options{.session = quick_session()};
  options.progress.layer = [&](const oci::Digest&, LayerState state, const std::string&) {
    there += state == LayerState::kLayerAlreadyExists;
  };
  const auto pushed = push(store, reference(), options);
  ASSERT_TRUE(pushed.ok()) << pushed.error().text();
  EXPECT_EQ(there, 2);
  EXPECT_EQ(registry_.count("POST", "/"), 0u);
}

TEST_F(PullTest, AnUploadThatIsRefusedWholeGoesInChunks) {
  registry_.add_image("1", {"one"});
  auto store = open_store();
  const auto pulled = pull_image(store);
  ASSERT_TRUE(pulled.ok()) << pulled.error().text();
  FakeRegistry picky;
  std::mutex mutex;
  std::string patched;
  picky.intercept([&](const auto& request, auto& connection) {
    if (request.method == "PATCH") {
      const std::lock_guard lock(mutex);
      patched += request.body;
      return connection.reply(202, formatted("Location: {}\r\n", request.target));
    }
    const bool whole = request.method == "PUT" && request.target.find("/blobs/") != std::string::npos;
    if (whole) return connection.reply(request.body.empty() ? 201 : 413, "");
    return false;
  });
  const auto there = oci::ImageReference::parse(picky.host() + "/a/b:1").value();
  ASSERT_TRUE(store.tag(there, pulled->image.manifest).ok());
  const auto pushed = push(store, there, {.session = quick_session()});
  ASSERT_TRUE(pushed.ok()) << pushed.error().text();
  EXPECT_GT(patched.size(), 0u);
}

TEST_F(PullTest, AnUnknownImageCannotBePushed) {
  auto store = open_store();
  EXPECT_EQ(push(store, reference(), {.session = quick_session()}).error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace tare::registry
