#include "registry/client/fetch_manifest.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "registry/client/fake_registry_test.h"

namespace tare::registry {
namespace {

const oci::Platform kAmd64{.os = "linux", .architecture = "amd64"};

class FetchManifestTest : public ::testing::Test {
 protected:
  Result<FetchedManifest> fetch(const std::string& tag, const oci::Platform& platform = kAmd64) {
    const auto reference = TRY(oci::ImageReference::parse(registry_.host() + "/a/b" + tag));
    const auto session =
        TRY(Session::connect(reference.registry(), reference.repository(), Access::kPull, quick_session()));
    return fetch_manifest(*session, reference, platform);
  }
  FakeRegistry registry_;
};

TEST_F(FetchManifestTest, ByTagAndByDigest) {
  const auto manifest = registry_.add_image("1", {"one"});
  for (const std::string& name : {std::string(":1"), "@" + manifest.digest.string()}) {
    const auto fetched = fetch(name);
    ASSERT_TRUE(fetched.ok()) << fetched.error().text();
    EXPECT_EQ(fetched->named.digest, manifest.digest);
    EXPECT_EQ(fetched->document.descriptor.size, manifest.size);
    EXPECT_EQ(fetched->manifest.layers.size(), 1u);
  }
}

TEST_F(FetchManifestTest, AnIndexLeadsToThePlatformsManifest) {
  const auto manifest = registry_.add_image("amd", {"one"});
  const std::string index = registry_.add_index("1", manifest, "amd64");
  const auto fetched = fetch(":1");
  ASSERT_TRUE(fetched.ok()) << fetched.error().text();
  EXPECT_EQ(fetched->named.digest, oci::Digest::of(index));
  EXPECT_EQ(fetched->document.descriptor.digest, manifest.digest);
  EXPECT_EQ(fetch(":1", {.os = "linux", .architecture = "s390x"}).error().kind(), ErrorKind::kNotFound);
}

TEST_F(FetchManifestTest, AnUnknownTagNamesTheReference) {
  const auto fetched = fetch(":nope");
  ASSERT_FALSE(fetched.ok());
  EXPECT_EQ(fetched.error().kind(), ErrorKind::kNotFound);
  EXPECT_NE(fetched.error().text().find("manifest for " + registry_.host() + "/a/b:nope not found"), std::string::npos)
      << fetched.error().text();
}

TEST_F(FetchManifestTest, OtherBytesThanTheDigestSaysAreRefused) {
  const auto manifest = registry_.add_image("1", {"one"});
  registry_.set_manifest(manifest.digest.string(), R"({"schemaVersion": 2})");
  EXPECT_EQ(fetch("@" + manifest.digest.string()).error().kind(), ErrorKind::kCorrupt);
}

TEST_F(FetchManifestTest, AnIndexInsideAnIndexIsRefused) {
  const auto manifest = registry_.add_image("amd", {"one"});
  const std::string inner = registry_.add_index("inner", manifest, "amd64");
  const oci::Descriptor nested{std::string(oci::media_type::kOciIndex), oci::Digest::of(inner), inner.size()};
  registry_.add_index("1", nested, "amd64");
  const auto fetched = fetch(":1");
  ASSERT_FALSE(fetched.ok());
  EXPECT_EQ(fetched.error().kind(), ErrorKind::kUnsupported) << fetched.error().text();
}

TEST_F(FetchManifestTest, AnIndexThatNamesItselfIsRefused) {
  // A document cannot hold its own digest, so a loop is always a lie, which the digest check finds.
  const oci::Descriptor itself{std::string(oci::media_type::kOciIndex), oci::Digest::of("guess"), 5};
  const std::string index = registry_.add_index("1", itself, "amd64");
  registry_.set_manifest(itself.digest.string(), index);
  EXPECT_EQ(fetch(":1").error().kind(), ErrorKind::kCorrupt);
}

TEST_F(FetchManifestTest, AnEndlessManifestIsReadToTheLimitOnly) {
  registry_.set_manifest("1", std::string(kManifestLimit + 1, ' '));
  EXPECT_EQ(fetch(":1").error().kind(), ErrorKind::kCorrupt);
}

TEST_F(FetchManifestTest, SchemaOneIsRefusedByName) {
  registry_.set_manifest("1", R"({"schemaVersion": 1, "name": "a/b", "tag": "1", "fsLayers": []})");
  EXPECT_FALSE(fetch(":1").ok());
}

TEST(CheckDocument, TheRegistrysOwnHeaderMustAgree) {
  const std::string bytes =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";
  const http::Headers wrong = {{"Docker-Content-Digest", oci::Digest::of("other").string()}};
  EXPECT_FALSE(check_document(bytes, "1", wrong, {}).ok());
  const http::Headers right = {{"Docker-Content-Digest", oci::Digest::of(bytes).string()}};
  EXPECT_TRUE(check_document(bytes, "1", right, bytes.size()).ok());
  EXPECT_FALSE(check_document(bytes, "1", right, bytes.size() + 1).ok());
}

}  // namespace
}  // namespace tare::registry
