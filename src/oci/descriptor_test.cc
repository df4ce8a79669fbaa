#include "oci/descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::oci {
namespace {

using testing::HasSubstr;

TEST(Platform, ParsesDockersForms) {
  const std::vector<std::pair<const char*, const char*>> forms{
      {"linux/amd64", "linux/amd64"},     {"linux/arm64/v8", "linux/arm64"}, {"arm64", "linux/arm64"},
      {"aarch64", "linux/arm64"},         {"x86_64", "linux/amd64"},         {"linux/x86-64", "linux/amd64"},
      {"linux/arm/v6", "linux/arm/v6"},   {"linux/arm/6", "linux/arm/v6"},   {"linux/arm", "linux/arm/v7"},
      {"armhf", "linux/arm/v7"},          {"armel", "linux/arm/v6"},         {"i386", "linux/386"},
      {"Linux/AMD64", "linux/amd64"},     {"linux/amd64/v1", "linux/amd64"}, {"linux/amd64/v3", "linux/amd64/v3"},
      {"windows/amd64", "windows/amd64"}, {"riscv64", "linux/riscv64"}};
  for (const auto& [text, expected] : forms) EXPECT_EQ(Platform::parse(text).value().string(), expected) << text;
}

TEST(Platform, ASystemAloneMeansThisMachinesProcessor) {
  EXPECT_EQ(Platform::parse("linux").value(), Platform::host());
  EXPECT_EQ(Platform::host().os, "linux");
  EXPECT_FALSE(Platform::host().architecture.empty());
}

TEST(Platform, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "linux/", "/amd64", "a/b/c/d", "linux//v7"}) {
    EXPECT_THAT(Platform::parse(text).error().text(), HasSubstr("expected OS[/ARCH[/VARIANT]]")) << text;
  }
  EXPECT_THAT(Platform::parse("sparkle").error().text(), HasSubstr("unknown operating system or architecture"));
}

TEST(MediaType, TellsIndexesManifestsAndLayersApart) {
  EXPECT_TRUE(is_index(media_type::kOciIndex));
  EXPECT_TRUE(is_index(media_type::kDockerList));
  EXPECT_FALSE(is_index(media_type::kOciManifest));
  EXPECT_TRUE(is_manifest(media_type::kDockerManifest));
  EXPECT_EQ(layer_compression(media_type::kOciLayer).value(), Compression::kNone);
  EXPECT_EQ(layer_compression(media_type::kDockerLayer).value(), Compression::kGzip);
  EXPECT_EQ(layer_compression(media_type::kOciLayerZstd).value(), Compression::kZstd);
  EXPECT_EQ(layer_compression("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip").value(),
            Compression::kGzip);
  EXPECT_EQ(layer_compression("text/html").error().kind(), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace tare::oci
