#include <array>

#include "base/text.h"
#include "codec/json.h"
#include "oci/descriptor.h"
#include "registry/server/documents.h"

namespace tare::registry {
namespace {

using codec::Json;
using codec::JsonReader;
namespace media_type = oci::media_type;

enum class Form { kManifest, kIndex };

std::optional<Form> find_form(std::string_view type) {
  if (type == media_type::kOciManifest || type == media_type::kDockerManifest) return Form::kManifest;
  if (type == media_type::kOciIndex || type == media_type::kDockerList) return Form::kIndex;
  return std::nullopt;
}

Result<PushedManifest::Reference> read_reference(const JsonReader& descriptor) {
  const auto text = TRY(descriptor.string("digest"));
  const auto size = TRY(descriptor.unsigned_integer("size"));
  auto digest = oci::Digest::parse(text);
  if (!digest.ok()) return std::move(digest).context(descriptor.path()).error();
  return PushedManifest::Reference{std::move(digest).value(), size};
}

// Layers that stay where they are: OCI's non-distributable and Docker's foreign ones. Their bytes need not be here.
Result<bool> is_foreign(const JsonReader& descriptor) {
  const auto type = TRY(descriptor.string_or("mediaType", ""));
  return type.find("nondistributable") != std::string::npos || type.find(".foreign.") != std::string::npos;
}

// The content type that the client states, the document's own, or what its fields imply; all that are there must agree.
Result<std::string> choose_media_type(const JsonReader& root, std::string_view content_type) {
  const std::string stated(trim(content_type.substr(0, content_type.find(';'))));
  const auto own = TRY(root.string_or("mediaType", ""));
  if (!own.empty() && !stated.empty() && own != stated) {
    return Failure(ErrorKind::kInvalidArgument, "mediaType is {}, but Content-Type says {}", own, stated);
  }
  if (!stated.empty()) return stated;
  if (!own.empty()) return own;
  return std::string(root.value().contains("manifests") ? media_type::kOciIndex : media_type::kOciManifest);
}

Result<void> read_manifest(const JsonReader& root, PushedManifest& manifest) {
  const auto config = TRY(root.require("config"));
  manifest.blobs.push_back(TRY(read_reference(config)));
  if (manifest.artifact_type.empty()) manifest.artifact_type = TRY(config.string_or("mediaType", ""));
  for (const JsonReader& layer : TRY(root.elements("layers"))) {
    auto reference = TRY(read_reference(layer));
    if (!TRY(is_foreign(layer))) manifest.blobs.push_back(std::move(reference));
  }
  return {};
}

Result<void> read_index(const JsonReader& root, PushedManifest& manifest) {
  for (const JsonReader& entry : TRY(root.elements("manifests")))
    manifest.manifests.push_back(TRY(read_reference(entry)));
  return {};
}

// One digest that means one image to some readers and another to others (CVE-2021-41190).
Result<void> refuse_both(const JsonReader& root) {
  const Json& document = root.value();
  if (!document.contains("manifests") || !(document.contains("config") || document.contains("layers"))) return {};
  return root.error("both a manifest and an index");
}

Result<PushedManifest> read_pushed(const JsonReader& root, std::string_view content_type) {
  PushedManifest manifest;
  manifest.media_type = TRY(choose_media_type(root, content_type));
  const auto form = find_form(manifest.media_type);
  if (!form) {
    return Failure(ErrorKind::kInvalidArgument, "media type {}: is no OCI or Docker schema 2 manifest or index",
                   manifest.media_type);
  }
  if (TRY(root.integer("schemaVersion")) != 2) return root.error("schemaVersion is not 2");
  TRY(refuse_both(root));
  manifest.artifact_type = TRY(root.string_or("artifactType", ""));
  manifest.annotations = TRY(root.string_map("annotations"));
  TRY(*form == Form::kIndex ? read_index(root, manifest) : read_manifest(root, manifest));
  const auto subject = TRY(root.find("subject"));
  if (subject) manifest.subject = TRY(read_reference(*subject)).digest;
  return manifest;
}

Json list_document(const char* key, const std::vector<std::string>& values) { return {{key, values}}; }

}  // namespace

Result<PushedManifest> parse_pushed_manifest(std::string_view bytes, std::string_view content_type) {
  const auto document = codec::parse_json(bytes);
  if (!document.ok()) return Failure(ErrorKind::kInvalidArgument, "manifest: {}", document.error().text());
  auto manifest = read_pushed(JsonReader(*document), content_type);
  if (!manifest.ok()) return Failure(ErrorKind::kInvalidArgument, "manifest: {}", manifest.error().text());
  return manifest;
}

std::string referrers_document(const std::vector<Referrer>& referrers) {
  Json entries = Json::array();
  for (const Referrer& referrer : referrers) {
    Json entry{
        {"mediaType", referrer.manifest.media_type}, {"digest", referrer.digest.string()}, {"size", referrer.size}};
    codec::add_unless_empty(entry, "artifactType", referrer.manifest.artifact_type);
    codec::add_unless_empty(entry, "annotations", referrer.manifest.annotations);
    entries.push_back(std::move(entry));
  }
  return codec::dump_json(
      Json{{"schemaVersion", 2}, {"mediaType", media_type::kOciIndex}, {"manifests", std::move(entries)}});
}

std::string tags_document(std::string_view repository, const std::vector<std::string>& tags) {
  Json document = list_document("tags", tags);
  document["name"] = repository;
  return codec::dump_json(document);
}

std::string catalog_document(const std::vector<std::string>& repositories) {
  return codec::dump_json(list_document("repositories", repositories));
}

std::string error_document(Code code, std::string_view message) {
  Json entry{{"code", to_string(code)}, {"message", message}};
  return codec::dump_json(Json{{"errors", Json::array({std::move(entry)})}});
}

}  // namespace tare::registry
