#include "codec/json.h"
#include "oci/descriptor_json.h"
#include "oci/manifest.h"

namespace tare::oci {

using codec::Json;
using codec::JsonReader;

namespace {

Result<void> check_schema_version(const JsonReader& document) {
  const int64_t version = TRY(document.integer_or("schemaVersion", 0));
  if (version == 1) {
    return Error(Failure(ErrorKind::kUnsupported, "image manifests of schema version 1 are not supported"))
        .with_hint("rebuild and push the image with a current tool; registries dropped this format too");
  }
  if (version != 2) return document.error(formatted("schemaVersion is {}, expected 2", version));
  return {};
}

std::string implied_media_type(bool index, const std::string& config_type) {
  if (index) return std::string(media_type::kOciIndex);
  const bool docker = config_type == media_type::kDockerConfig;
  return std::string(docker ? media_type::kDockerManifest : media_type::kOciManifest);
}

// A document that reads both as an index and as a manifest could mean different images to different readers of one
// digest (CVE-2021-41190), so it is refused whatever media type it states.
Result<std::string> media_type_of(const JsonReader& document) {
  TRY(check_schema_version(document));
  const auto manifests = TRY(document.find("manifests"));
  const auto config = TRY(document.find("config"));
  const auto layers = TRY(document.find("layers"));
  if (manifests && (config || layers)) return document.error("both a manifest and an index");
  if (!manifests && !config && !layers) return document.error("neither a manifest nor an index");
  const std::string config_type = config ? TRY(config->string_or("mediaType", "")) : "";
  std::string type = TRY(document.string_or("mediaType", ""));
  if (type.empty()) return implied_media_type(manifests.has_value(), config_type);
  const bool contradicts = manifests ? is_manifest(type) : is_index(type);
  if (contradicts) return document.error(formatted("mediaType '{}' contradicts the fields", type));
  return type;
}

Result<std::vector<Descriptor>> read_descriptors(const JsonReader& document, std::string_view key) {
  std::vector<Descriptor> descriptors;
  const auto elements = TRY(document.elements(key));
  for (const JsonReader& element : elements) descriptors.push_back(TRY(read_descriptor(element)));
  return descriptors;
}

Json write_descriptors(const std::vector<Descriptor>& descriptors) {
  Json array = Json::array();
  for (const Descriptor& descriptor : descriptors) array.push_back(write_descriptor(descriptor));
  return array;
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view json) {
  const Json value = TRY(codec::parse_json(json).context("image manifest"));
  const JsonReader document(value, "manifest");
  std::string type = TRY(media_type_of(document));
  if (!is_manifest(type)) return document.error(formatted("'{}' is no media type of an image manifest", type));
  const auto config = TRY(document.require("config"));
  auto config_descriptor = TRY(read_descriptor(config));
  Manifest manifest{.media_type = std::move(type), .config = std::move(config_descriptor)};
  manifest.layers = TRY(read_descriptors(document, "layers"));
  manifest.annotations = TRY(document.string_map("annotations"));
  manifest.artifact_type = TRY(document.string_or("artifactType", ""));
  const auto subject = TRY(document.find("subject"));
  if (subject) manifest.subject = TRY(read_descriptor(*subject));
  return manifest;
}

std::string Manifest::to_json() const {
  Json document = {{"schemaVersion", 2},
                   {"mediaType", media_type},
                   {"config", write_descriptor(config)},
                   {"layers", write_descriptors(layers)}};
  codec::add_unless_empty(document, "annotations", annotations);
  codec::add_unless_empty(document, "artifactType", artifact_type);
  if (subject) document["subject"] = write_descriptor(*subject);
  return codec::dump_json(document);
}

Result<Index> Index::parse(std::string_view json) {
  const Json value = TRY(codec::parse_json(json).context("image index"));
  const JsonReader document(value, "index");
  Index index;
  index.media_type = TRY(media_type_of(document));
  if (!is_index(index.media_type)) {
    return document.error(formatted("'{}' is no media type of an image index", index.media_type));
  }
  index.manifests = TRY(read_descriptors(document, "manifests"));
  index.annotations = TRY(document.string_map("annotations"));
  return index;
}

std::string Index::to_json() const {
  Json document = {{"schemaVersion", 2}, {"mediaType", media_type}, {"manifests", write_descriptors(manifests)}};
  codec::add_unless_empty(document, "annotations", annotations);
  return codec::dump_json(document);
}

Result<std::string> document_media_type(std::string_view json) {
  const Json value = TRY(codec::parse_json(json).context("image document"));
  return media_type_of(JsonReader(value, "document"));
}

}  // namespace tare::oci
