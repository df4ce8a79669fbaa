#include "registry/client/fetch_manifest.h"

#include "base/text.h"
#include "codec/sha256.h"
#include "registry/client/response_error.h"

namespace tare::registry {
namespace {

http::Headers accepted_types() {
  http::Headers headers;
  for (const auto type : {oci::media_type::kOciIndex, oci::media_type::kOciManifest, oci::media_type::kDockerList,
                          oci::media_type::kDockerManifest}) {
    headers.add("Accept", std::string(type));
  }
  return headers;
}

// The digest that the bytes really have, with the algorithm that was asked for.
Result<oci::Digest> digest_like(const std::optional<oci::Digest>& wanted, std::string_view bytes) {
  if (wanted && wanted->algorithm() == "sha512") return oci::Digest::parse("sha512:" + codec::sha512_hex(bytes));
  return oci::Digest::of(bytes);
}

std::optional<oci::Digest> parse_digest(std::string_view text) {
  auto digest = oci::Digest::parse(text);
  return digest.ok() ? std::optional(std::move(*digest)) : std::nullopt;
}

Error not_found(const oci::ImageReference& reference, const Error& cause) {
  return Failure(ErrorKind::kNotFound, "manifest for {} not found: {}", reference.familiar(), cause.text())
      .with_hint("check the name and the tag");
}

Result<oci::Manifest> parse_image_manifest(const FetchedDocument& document) {
  const std::string& type = document.descriptor.media_type;
  if (oci::is_manifest(type)) return oci::Manifest::parse(document.bytes);
  return Failure(ErrorKind::kUnsupported, "its media type {} is no image manifest", type);
}

}  // namespace

Result<FetchedDocument> check_document(std::string bytes, const std::string& tag_or_digest,
                                       const http::Headers& headers, std::optional<uint64_t> expected_size) {
  const auto wanted = parse_digest(tag_or_digest);
  auto digest = TRY(digest_like(wanted, bytes));
  if (wanted && *wanted != digest) {
    return Failure(ErrorKind::kCorrupt, "the registry sends another document: its digest is {}", digest.string());
  }
  const auto stated = parse_digest(headers.find("Docker-Content-Digest").value_or(""));
  if (stated && stated->algorithm() == digest.algorithm() && *stated != digest) {
    return Failure(ErrorKind::kCorrupt, "the registry states digest {}, but what it sends has {}", stated->string(),
                   digest.string());
  }
  if (expected_size && *expected_size != bytes.size()) {
    return Failure(ErrorKind::kCorrupt, "{} bytes, not the {} that the index says", bytes.size(), *expected_size);
  }
  // The document's own words count, not the header: the header is not under the digest (CVE-2021-41190).
  auto type = TRY(oci::document_media_type(bytes));
  const uint64_t size = bytes.size();
  return FetchedDocument{{.media_type = std::move(type), .digest = std::move(digest), .size = size}, std::move(bytes)};
}

Result<FetchedDocument> fetch_document(Session& session, const std::string& tag_or_digest,
                                       std::optional<uint64_t> expected_size) {
  const Call call{.url = session.url(formatted("manifests/{}", tag_or_digest)), .headers = accepted_types()};
  auto response = TRY(session.send(call));
  if (response.status != 200) return response_error(response, formatted("{}:{}", session.repository(), tag_or_digest));
  auto bytes = TRY(read_all(*response.body, kManifestLimit).context(formatted("manifest {}", tag_or_digest)));
  return check_document(std::move(bytes), tag_or_digest, response.headers, expected_size)
      .context(formatted("manifest {}", tag_or_digest));
}

Result<FetchedManifest> fetch_manifest(Session& session, const oci::ImageReference& reference,
                                       const oci::Platform& platform) {
  const std::string name = reference.digest() ? reference.digest()->string() : reference.tag().value_or("latest");
  auto document = fetch_document(session, name, std::nullopt);
  if (!document.ok() && document.error().kind() == ErrorKind::kNotFound) return not_found(reference, document.error());
  FetchedDocument top = TRY(std::move(document));
  oci::Descriptor named = top.descriptor;
  if (oci::is_index(named.media_type)) {
    const auto index = TRY(oci::Index::parse(top.bytes).context(reference.familiar()));
    const auto chosen = TRY(index.select(platform).context(reference.familiar()));
    top = TRY(fetch_document(session, chosen.digest.string(), chosen.size).context(reference.familiar()));
  }
  auto manifest = TRY(parse_image_manifest(top).context(reference.familiar()));
  return FetchedManifest{std::move(named), std::move(top), std::move(manifest)};
}

}  // namespace tare::registry
