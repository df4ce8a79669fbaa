#include "oci/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::oci {
namespace {

using testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string descriptor(const std::string& type, const std::string& more = "") {
  return formatted(R"({{"mediaType":"{}","digest":"{}","size":7{}}})", type, kDigest, more);
}

const std::string kConfig = descriptor(std::string(media_type::kOciConfig));
const std::string kLayer = descriptor(std::string(media_type::kOciLayerGzip));

std::string failure_of(const std::string& json) {
  const auto manifest = Manifest::parse(json);
  return manifest.ok() ? "parsed" : manifest.error().text();
}

TEST(Manifest, ReadsBothFamiliesAndRoundTrips) {
  for (const auto type : {media_type::kOciManifest, media_type::kDockerManifest}) {
    const std::string json = formatted(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{},{}],
        "annotations":{{"k":"v"}},"subject":{},"artifactType":"a/b"}})",
                                       type, kConfig, kLayer, kLayer, kConfig);
    const auto manifest = Manifest::parse(json);
    ASSERT_TRUE(manifest.ok()) << manifest.error().text();
    EXPECT_EQ(manifest->media_type, type);
    EXPECT_EQ(manifest->layers.size(), 2u);
    EXPECT_EQ(manifest->config.size, 7u);
    EXPECT_EQ(manifest->annotations.at("k"), "v");
    EXPECT_EQ(manifest->artifact_type, "a/b");
    EXPECT_TRUE(manifest->subject.has_value());
    EXPECT_EQ(Manifest::parse(manifest->to_json()).value().to_json(), manifest->to_json());
  }
}

TEST(Manifest, TheMediaTypeMayBeImplied) {
  EXPECT_EQ(Manifest::parse(R"({"schemaVersion":2,"config":)" + kConfig + R"(,"layers":[]})").value().media_type,
            media_type::kOciManifest);
  const std::string docker = descriptor(std::string(media_type::kDockerConfig));
  EXPECT_EQ(document_media_type(R"({"schemaVersion":2,"config":)" + docker + "}").value(), media_type::kDockerManifest);
  EXPECT_EQ(document_media_type(R"({"schemaVersion":2,"manifests":[]})").value(), media_type::kOciIndex);
}

TEST(Manifest, RefusesAndSaysWhy) {
  EXPECT_THAT(failure_of("x"), HasSubstr("image manifest: invalid JSON"));
  EXPECT_THAT(failure_of("[]"), HasSubstr("manifest: expected an object, found an array"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":1,"fsLayers":[]})"), HasSubstr("schema version 1 are not supported"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":3})"), HasSubstr("schemaVersion is 3, expected 2"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":2})"), HasSubstr("neither a manifest nor an index"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":2,"layers":[]})"), HasSubstr("manifest.config: missing"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":2,"manifests":[],"layers":[]})"),
              HasSubstr("both a manifest and an index"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","layers":[]})"),
              HasSubstr("contradicts the fields"));
  EXPECT_THAT(failure_of(R"({"schemaVersion":2,"mediaType":"a/b","layers":[]})"), HasSubstr("'a/b' is no media type"));
  const auto with_layer = [](const std::string& layer) {
    return R"({"schemaVersion":2,"config":)" + kConfig + R"(,"layers":[)" + layer + "]}";
  };
  EXPECT_THAT(failure_of(with_layer("{}")), HasSubstr("manifest.layers[0].mediaType: missing"));
  EXPECT_THAT(failure_of(with_layer("7")), HasSubstr("manifest.layers[0]: expected an object, found a number"));
  EXPECT_THAT(failure_of(with_layer(R"({"mediaType":"a","digest":"sha256:x","size":1})")),
              HasSubstr("manifest.layers[0]: digest: invalid digest 'sha256:x'"));
  EXPECT_THAT(failure_of(with_layer(R"({"mediaType":"a","digest":")" + kDigest + R"(","size":-1})")),
              HasSubstr("manifest.layers[0].size: expected a number of 0 or more"));
}

Index index_of(std::initializer_list<const char*> platforms) {
  Index index{.media_type = std::string(media_type::kOciIndex)};
  for (const char* platform : platforms) {
    const auto parts = split(platform, '/');
    Descriptor manifest{.media_type = std::string(media_type::kOciManifest), .digest = Digest::of(platform)};
    if (parts.size() > 1) {
      manifest.platform =
          Platform{.os = parts[0], .architecture = parts[1], .variant = parts.size() > 2 ? parts[2] : ""};
    }
    index.manifests.push_back(std::move(manifest));
  }
  return index;
}

std::string selected(const Index& index, const char* platform) {
  const auto found = index.select(Platform::parse(platform).value());
  if (!found.ok()) return found.error().text();
  return found->platform ? found->platform->string() : "any";
}

TEST(Index, SelectsTheManifestForAPlatform) {
  const Index index = index_of({"linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64", "unknown/unknown"});
  EXPECT_EQ(selected(index, "linux/amd64"), "linux/amd64");
  EXPECT_EQ(selected(index, "linux/amd64/v3"), "linux/amd64");
  EXPECT_EQ(selected(index, "linux/arm64"), "linux/arm64/v8");
  EXPECT_EQ(selected(index, "linux/arm"), "linux/arm/v7");
  EXPECT_EQ(selected(index, "linux/arm/v8"), "linux/arm/v7");
  EXPECT_EQ(selected(index, "linux/arm/v6"), "linux/arm/v6");
  EXPECT_EQ(selected(index, "linux/arm/v5"),
            "no matching manifest for linux/arm/v5 in the manifest list entries: it has linux/arm/v6, linux/arm/v7, "
            "linux/arm64/v8, linux/amd64");
  EXPECT_EQ(selected(index_of({"linux/amd64/v3"}), "linux/amd64").substr(0, 20), "no matching manifest");
  EXPECT_EQ(selected(index_of({"none", "linux/amd64"}), "linux/amd64"), "linux/amd64");
  EXPECT_EQ(selected(index_of({"none", "linux/amd64"}), "linux/s390x"), "any");
  EXPECT_THAT(selected(index_of({}), "linux/amd64"), HasSubstr("it has none"));
}

TEST(Index, RoundTrips) {
  const Index index = index_of({"linux/arm/v6", "linux/amd64"});
  const auto back = Index::parse(index.to_json());
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(back->to_json(), index.to_json());
  EXPECT_FALSE(Index::parse(R"({"schemaVersion":2,"config":)" + kConfig + "}").ok());
}

}  // namespace
}  // namespace tare::oci
