// OCI content descriptors and the media types that this engine reads and writes (OCI and Docker's schema 2).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/compress.h"
#include "oci/digest.h"

namespace tare::oci {

namespace media_type {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";
}  // namespace media_type

bool is_index(std::string_view media_type);     // OCI index or Docker's manifest list
bool is_manifest(std::string_view media_type);  // OCI manifest or Docker's schema 2

using codec::Compression;
// kUnsupported for a media type that is no layer.
Result<Compression> layer_compression(std::string_view media_type);

struct Platform {
  std::string os = "linux";
  std::string architecture;  // "amd64"
  std::string variant;       // "v7"; mostly empty
  static Platform host();
  static Result<Platform> parse(std::string_view text);  // "linux/arm64/v8", "arm64"
  std::string string() const;
  bool operator==(const Platform&) const = default;
};

struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size = 0;
  std::map<std::string, std::string> annotations;
  std::optional<Platform> platform;  // in indexes only
};

}  // namespace tare::oci
