// From a name to the manifest of one image: the tag or digest leads to a manifest, or to an index of several.
#pragma once

#include <string>

#include "oci/manifest.h"
#include "oci/reference.h"
#include "registry/client/session.h"

namespace tare::registry {

inline constexpr size_t kManifestLimit = size_t{4} << 20;

// A document whose bytes were checked against everything that is known of it.
struct FetchedDocument {
  oci::Descriptor descriptor;
  std::string bytes;
};

struct FetchedManifest {
  oci::Descriptor named;  // what the tag points at: the index where there is one. Docker prints its digest
  FetchedDocument document;
  oci::Manifest manifest;
};

// `expected_size` is known when a descriptor led here.
Result<FetchedDocument> fetch_document(Session& session, const std::string& tag_or_digest,
                                       std::optional<uint64_t> expected_size);
// kNotFound for an unknown name; kUnsupported for an index inside an index and for Docker's schema 1.
Result<FetchedManifest> fetch_manifest(Session& session, const oci::ImageReference& reference,
                                       const oci::Platform& platform);

// Checks a document's bytes against a digest that was asked for, the registry's own headers and a size.
Result<FetchedDocument> check_document(std::string bytes, const std::string& tag_or_digest,
                                       const http::Headers& headers, std::optional<uint64_t> expected_size);

}  // namespace tare::registry
