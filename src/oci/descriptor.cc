#include "oci/descriptor.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>

namespace tare::oci {
namespace {

struct Alias {
  std::string_view name;
  std::string_view architecture;
  std::string_view variant;
};

// The names that `uname -m` and other tools use, in Go's words.
constexpr std::array<Alias, 9> kAliases{{{"x86_64", "amd64", ""},
                                         {"x86-64", "amd64", ""},
                                         {"aarch64", "arm64", ""},
                                         {"i386", "386", ""},
                                         {"i686", "386", ""},
                                         {"armhf", "arm", "v7"},
                                         {"armv7l", "arm", "v7"},
                                         {"armel", "arm", "v6"},
                                         {"armv6l", "arm", "v6"}}};

constexpr std::array<std::string_view, 14> kArchitectures{"386",     "amd64",   "arm",      "arm64",  "loong64",
                                                          "mips",    "mips64",  "mips64le", "mipsle", "ppc64",
                                                          "ppc64le", "riscv64", "s390x",    "wasm"};
constexpr std::array<std::string_view, 6> kSystems{"linux", "windows", "darwin", "freebsd", "wasi", "wasip1"};

template <size_t size>
bool contains(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "8" is "v8"; the variant that every processor of an architecture has is left out.
std::string normal_variant(std::string_view architecture, std::string_view variant) {
  std::string normal(variant);
  if (normal.size() == 1 && normal[0] >= '0' && normal[0] <= '9') normal = formatted("v{}", variant);
  if (architecture == "arm64" && normal == "v8") return "";
  if (architecture == "amd64" && normal == "v1") return "";
  if (architecture == "arm" && normal.empty()) return "v7";
  return normal;
}

Platform normal_platform(std::string_view os, std::string_view architecture, std::string_view variant) {
  for (const Alias& alias : kAliases) {
    if (alias.name != architecture) continue;
    architecture = alias.architecture;
    if (variant.empty()) variant = alias.variant;
  }
  return {.os = std::string(os),
          .architecture = std::string(architecture),
          .variant = normal_variant(architecture, variant)};
}

}  // namespace

bool is_index(std::string_view type) { return type == media_type::kOciIndex || type == media_type::kDockerList; }

bool is_manifest(std::string_view type) {
  return type == media_type::kOciManifest || type == media_type::kDockerManifest;
}

Result<Compression> layer_compression(std::string_view type) {
  using namespace media_type;
  if (type == kOciLayer || type == "application/vnd.docker.image.rootfs.diff.tar") return Compression::kNone;
  if (type == kOciLayerGzip || type == kDockerLayer) return Compression::kGzip;
  if (type == kOciLayerZstd || type == "application/vnd.docker.image.rootfs.diff.tar.zstd") return Compression::kZstd;
  // Layers that a registry was once not allowed to redistribute; their bytes are like any other's.
  constexpr std::string_view kForeign = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  if (type == kForeign) return Compression::kNone;
  if (type == "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip") return Compression::kGzip;
  if (type.starts_with(kForeign) && type.substr(kForeign.size()) == "+gzip") return Compression::kGzip;
  if (type.starts_with(kForeign) && type.substr(kForeign.size()) == "+zstd") return Compression::kZstd;
  return Failure(ErrorKind::kUnsupported, "'{}' is no media type of a layer", type);
}

Platform Platform::host() {
  utsname names{};
  ::uname(&names);  // fails only for a bad pointer
  return normal_platform("linux", names.machine, "");
}

Result<Platform> Platform::parse(std::string_view text) {
  const auto parts = split(to_lower(text), '/');
  const bool complete =
      parts.size() <= 3 && std::none_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); });
  if (!complete) {
    return Failure(ErrorKind::kInvalidArgument, "invalid platform '{}': expected OS[/ARCH[/VARIANT]]", text);
  }
  if (parts.size() >= 2) return normal_platform(parts[0], parts[1], parts.size() == 3 ? parts[2] : "");
  if (contains(kSystems, parts[0])) return normal_platform(parts[0], host().architecture, host().variant);
  auto platform = normal_platform("linux", parts[0], "");
  if (contains(kArchitectures, platform.architecture)) return platform;
  return Failure(ErrorKind::kInvalidArgument, "invalid platform '{}': unknown operating system or architecture", text);
}

std::string Platform::string() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

}  // namespace tare::oci
