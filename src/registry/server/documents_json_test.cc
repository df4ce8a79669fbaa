#include <gtest/gtest.h>

#include "base/text.h"
#include "oci/descriptor.h"
#include "registry/server/documents.h"

namespace tare::registry {
namespace {

const std::string kHex(64, 'a');

std::string descriptor(std::string_view type, char fill = 'a', int size = 2) {
  return formatted(R"({{"mediaType":"{}","digest":"sha256:{}","size":{}}})", type, std::string(64, fill), size);
}

std::string manifest(std::string_view more = "") {
  return formatted(R"({{"schemaVersion":2,"config":{},"layers":[{}]{}}})", descriptor("application/vnd.x.config"),
                   descriptor("application/vnd.oci.image.layer.v1.tar", 'b'), more);
}

TEST(PushedManifest, NamesItsBlobs) {
  const auto parsed = parse_pushed_manifest(manifest(), "application/vnd.oci.image.manifest.v1+json; charset=utf-8");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text();
  EXPECT_EQ(parsed->media_type, oci::media_type::kOciManifest);
  ASSERT_EQ(parsed->blobs.size(), 2U);
  EXPECT_EQ(parsed->blobs[0].digest.hex(), kHex);
  EXPECT_EQ(parsed->blobs[1].size, 2U);
  EXPECT_EQ(parsed->artifact_type, "application/vnd.x.config");
  EXPECT_FALSE(parsed->subject);
}

TEST(PushedManifest, ForeignLayersNeedNotBeHere) {
  const auto text = formatted(R"({{"schemaVersion":2,"config":{},"layers":[{},{}]}})", descriptor("c"),
                              descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
                              descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"));
  const auto parsed = parse_pushed_manifest(text, "");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text();
  EXPECT_EQ(parsed->blobs.size(), 1U);
}

TEST(PushedManifest, AnIndexNamesManifests) {
  const auto text = formatted(R"({{"schemaVersion":2,"artifactType":"x/y","manifests":[{}]}})",
                              descriptor(oci::media_type::kOciManifest));
  const auto parsed = parse_pushed_manifest(text, "");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text();
  EXPECT_EQ(parsed->media_type, oci::media_type::kOciIndex);
  EXPECT_EQ(parsed->manifests.size(), 1U);
  EXPECT_TRUE(parsed->blobs.empty());
  EXPECT_EQ(parsed->artifact_type, "x/y");
}

TEST(PushedManifest, TellsItsSubjectAndAnnotations) {
  const auto parsed = parse_pushed_manifest(
      manifest(formatted(R"(,"artifactType":"x/y","annotations":{{"k":"v"}},"subject":{})", descriptor("m", 'c'))), "");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text();
  EXPECT_EQ(parsed->subject->hex(), std::string(64, 'c'));
  EXPECT_EQ(parsed->artifact_type, "x/y");
  EXPECT_EQ(parsed->annotations.at("k"), "v");
}

TEST(PushedManifest, RefusesWhatItIsNot) {
  const auto refused = [](std::string_view bytes, std::string_view type) {
    const auto parsed = parse_pushed_manifest(bytes, type);
    return !parsed.ok() && parsed.error().kind() == ErrorKind::kInvalidArgument;
  };
  EXPECT_TRUE(refused("", ""));
  EXPECT_TRUE(refused("[]", ""));
  EXPECT_TRUE(refused("{}", ""));
  EXPECT_TRUE(refused(manifest(), "application/vnd.docker.distribution.manifest.v1+prettyjws"));
  EXPECT_TRUE(refused(manifest(), "application/json"));
  EXPECT_TRUE(refused(manifest(R"(,"mediaType":"application/vnd.oci.image.index.v1+json")"),
                      "application/vnd.oci.image.manifest.v1+json"));
  EXPECT_TRUE(refused(R"({"schemaVersion":1,"manifests":[]})", ""));
  EXPECT_TRUE(refused(R"({"schemaVersion":2,"layers":[]})", ""));
  EXPECT_TRUE(refused(R"({"schemaVersion":2,"config":{"digest":"sha256:../../x","size":1}})", ""));
  EXPECT_TRUE(refused(R"({"schemaVersion":2,"config":5})", ""));
  EXPECT_TRUE(refused(formatted(R"({{"schemaVersion":2,"config":{{"digest":"sha256:{}","size":-1}}}})", kHex), ""));
  EXPECT_TRUE(refused(std::string(100000, '['), ""));
  EXPECT_TRUE(refused(manifest(R"(,"manifests":[])"), ""));
  EXPECT_TRUE(refused(manifest(R"(,"manifests":[])"), "application/vnd.oci.image.index.v1+json"));
}

TEST(Documents, HaveTheFormsOfTheSpecification) {
  EXPECT_EQ(tags_document("a/b", {"1", "2"}), R"({"name":"a/b","tags":["1","2"]})");
  EXPECT_EQ(tags_document("a", {}), R"({"name":"a","tags":[]})");
  EXPECT_EQ(catalog_document({"a"}), R"({"repositories":["a"]})");
  EXPECT_EQ(error_document(Code::kBlobUnknown, "no \"x\""),
            R"({"errors":[{"code":"BLOB_UNKNOWN","message":"no \"x\""}]})");
  EXPECT_EQ(referrers_document({}),
            R"({"manifests":[],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2})");
}

}  // namespace
}  // namespace tare::registry
