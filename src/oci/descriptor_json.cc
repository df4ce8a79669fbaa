#include "oci/descriptor_json.h"

namespace tare::oci {

using codec::Json;
using codec::JsonReader;

namespace {

// As it is written, not normalised: writing it again must give the same bytes.
Result<Platform> read_platform(const JsonReader& object) {
  Platform platform;
  platform.os = TRY(object.string_or("os", ""));
  platform.architecture = TRY(object.string_or("architecture", ""));
  platform.variant = TRY(object.string_or("variant", ""));
  return platform;
}

Json write_platform(const Platform& platform) {
  Json object = {{"architecture", platform.architecture}, {"os", platform.os}};
  codec::add_unless_empty(object, "variant", platform.variant);
  return object;
}

}  // namespace

Result<Digest> read_digest(const JsonReader& object, std::string_view key) {
  const std::string text = TRY(object.string(key));
  auto digest = Digest::parse(text);
  if (digest.ok()) return digest;
  return object.error(formatted("{}: {}", key, digest.error().text()));
}

Result<Descriptor> read_descriptor(const JsonReader& object) {
  std::string type = TRY(object.string("mediaType"));
  Digest digest = TRY(read_digest(object, "digest"));
  Descriptor descriptor{.media_type = std::move(type), .digest = std::move(digest)};
  descriptor.size = TRY(object.unsigned_integer("size"));
  descriptor.annotations = TRY(object.string_map("annotations"));
  const auto platform = TRY(object.find("platform"));
  if (platform) descriptor.platform = TRY(read_platform(*platform));
  return descriptor;
}

Json write_descriptor(const Descriptor& descriptor) {
  Json object = {
      {"mediaType", descriptor.media_type}, {"digest", descriptor.digest.string()}, {"size", descriptor.size}};
  codec::add_unless_empty(object, "annotations", descriptor.annotations);
  if (descriptor.platform) object["platform"] = write_platform(*descriptor.platform);
  return object;
}

}  // namespace tare::oci
