// Manifests and tags. A manifest is kept byte for byte, and only when everything that it names is here.
#include <algorithm>

#include "base/text.h"
#include "codec/sha256.h"
#include "registry/server/documents.h"
#include "registry/server/exchange.h"
#include "registry/server/names.h"
#include "registry/server/refusal.h"

namespace tare::registry {
namespace {

constexpr size_t kManifestLimit = size_t{4} << 20;  // what the specification asks registries to take at least

http::Reply refuse_reference(std::string_view reference) {
  return refuse(Code::kManifestInvalid, formatted("{}: is neither a tag nor a digest", reference));
}

// By the reference in the path: a digest names the manifest itself.
Result<oci::Digest> find_digest(const Exchange& exchange) {
  const std::string& reference = exchange.parameter("reference");
  if (is_tag(reference)) return exchange.storage().read_tag(exchange.repository(), reference);
  auto digest = oci::Digest::parse(reference);
  // Who asks for what cannot exist is told that it does not (404, as the conformance tests want it).
  return digest.ok() ? std::move(digest) : std::move(digest).error().with_kind(ErrorKind::kNotFound);
}

bool is_reference(std::string_view reference) { return is_tag(reference) || oci::Digest::parse(reference).ok(); }

std::optional<http::Reply> refuse_length(const http::Request& request) {
  if (request.content_length.value_or(0) <= kManifestLimit) return std::nullopt;
  return refuse(413, Code::kSizeInvalid,
                formatted("manifest: {} bytes are more than the limit of {}", *request.content_length, kManifestLimit));
}

// A blob or a manifest of this repository; an index may list either.
Result<uint64_t> referenced_size(const Exchange& exchange, const oci::Digest& digest) {
  auto size = exchange.storage().use_blob(exchange.repository(), digest);
  if (size.ok() || size.error().kind() != ErrorKind::kNotFound) return size;
  const auto manifest = TRY(exchange.storage().open_manifest(exchange.repository(), digest));
  return manifest.content.size;
}

Result<std::optional<http::Reply>> refuse_references(const Exchange& exchange, const PushedManifest& manifest) {
  std::vector<PushedManifest::Reference> references = manifest.blobs;
  references.insert(references.end(), manifest.manifests.begin(), manifest.manifests.end());
  for (const auto& [digest, size] : references) {
    auto actual = referenced_size(exchange, digest);
    if (!actual.ok() && actual.error().kind() == ErrorKind::kNotFound) {
      return std::optional(refuse(Code::kManifestBlobUnknown, actual.error().text()));
    }
    if (TRY(std::move(actual)) == size) continue;
    return std::optional(refuse(Code::kManifestInvalid,
                                formatted("{}: has not the size {} that the manifest says", digest.string(), size)));
  }
  return std::optional<http::Reply>();
}

// The digest that the manifest is kept under: the path's own, else sha256.
Result<oci::Digest> digest_of(const std::string& reference, std::string_view bytes) {
  if (is_tag(reference)) return oci::Digest::of(bytes);
  auto expected = TRY(oci::Digest::parse(reference));
  codec::Hash hash(hash_algorithm(expected));
  hash.update(as_bytes(bytes));
  const std::string actual = hash.finish_hex();
  if (actual == expected.hex()) return expected;
  return Failure(ErrorKind::kCorrupt, "the content is {}:{}, not {}", expected.algorithm(), actual, expected.string());
}

// The tag of the path, and those of "tag" parameters beside a digest.
std::vector<std::string> find_tags(const Exchange& exchange) {
  std::vector<std::string> tags = exchange.target.find_all("tag");
  if (is_tag(exchange.parameter("reference"))) tags.push_back(exchange.parameter("reference"));
  return tags;
}

http::Reply created_reply(const Exchange& exchange, const ManifestToStore& stored) {
  http::Reply reply{.status = 201, .body = std::string()};
  reply.headers.add("Location", formatted("/v2/{}/manifests/{}", exchange.repository(), stored.digest.string()));
  reply.headers.add("Docker-Content-Digest", stored.digest.string());
  for (const oci::Digest& subject : stored.subjects) reply.headers.add("OCI-Subject", subject.string());
  for (const std::string& tag : exchange.target.find_all("tag")) reply.headers.add("OCI-Tag", tag);
  return reply;
}

Result<http::Reply> store_manifest(const Exchange& exchange, const std::string& bytes) {
  auto manifest = TRY(parse_pushed_manifest(bytes, exchange.request.headers.find("Content-Type").value_or("")));
  auto digest = digest_of(exchange.parameter("reference"), bytes);
  if (!digest.ok() && digest.error().kind() == ErrorKind::kCorrupt) {
    return refuse(Code::kDigestInvalid, digest.error().text());
  }
  ManifestToStore stored{TRY(std::move(digest)), manifest.media_type, find_tags(exchange), {}};
  if (!std::all_of(stored.tags.begin(), stored.tags.end(), is_tag)) return refuse_reference(join(stored.tags, ", "));
  if (manifest.subject) stored.subjects.push_back(*manifest.subject);

  // From the check to the commit: a blob that is collected in between would leave a manifest without it.
  const auto kept = TRY(exchange.storage().keep_blobs());
  if (auto refused = TRY(refuse_references(exchange, manifest))) return std::move(*refused);
  TRY(exchange.storage().put_manifest(exchange.repository(), stored, bytes));
  return created_reply(exchange, stored);
}

}  // namespace

Result<http::Reply> get_manifest(Exchange& exchange) {
  const auto digest = TRY(find_digest(exchange));
  auto manifest = TRY(exchange.storage().open_manifest(exchange.repository(), digest));
  return content_reply(exchange.request, std::move(manifest.content), digest, manifest.media_type);
}

Result<http::Reply> put_manifest(Exchange& exchange) {
  if (!is_reference(exchange.parameter("reference"))) return refuse_reference(exchange.parameter("reference"));
  if (auto refused = refuse_length(exchange.request)) return std::move(*refused);
  const auto bytes = read_all(exchange.request.body, kManifestLimit);
  if (bytes.ok()) return store_manifest(exchange, *bytes);
  if (bytes.error().kind() != ErrorKind::kCorrupt) return Error(bytes.error().kind(), bytes.error().text());
  return refuse(413, Code::kSizeInvalid, formatted("manifest: {}", bytes.error().text()));
}

Result<http::Reply> delete_manifest(Exchange& exchange) {
  const std::string& reference = exchange.parameter("reference");
  if (is_tag(reference)) {
    TRY(exchange.storage().remove_tag(exchange.repository(), reference));
  } else {
    const auto digest = TRY(find_digest(exchange));
    TRY(exchange.storage().remove_manifest(exchange.repository(), digest));
  }
  return http::Reply{.status = 202, .body = std::string()};
}

}  // namespace tare::registry
