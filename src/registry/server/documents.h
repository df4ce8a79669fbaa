// The JSON that the registry reads (pushed manifests) and writes (lists, errors).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/digest.h"
#include "registry/server/refusal.h"

namespace tare::registry {

// What the registry needs to know of a manifest or index.
struct PushedManifest {
  struct Reference {
    oci::Digest digest;
    uint64_t size = 0;
  };
  std::string media_type;
  std::vector<Reference> blobs;      // config and layers that must be here: foreign layers need not
  std::vector<Reference> manifests;  // of an index
  std::optional<oci::Digest> subject;
  std::string artifact_type;  // as the referrers API tells it: a manifest without one has its config's media type
  std::map<std::string, std::string> annotations;
};

// `content_type` is the request's header, with or without parameters; empty when there was none. Refuses with
// kInvalidArgument what is no OCI or Docker schema 2 manifest or index, and one that contradicts its content type.
Result<PushedManifest> parse_pushed_manifest(std::string_view bytes, std::string_view content_type);

struct Referrer {
  oci::Digest digest;
  uint64_t size = 0;
  PushedManifest manifest;
};

std::string referrers_document(const std::vector<Referrer>& referrers);
std::string tags_document(std::string_view repository, const std::vector<std::string>& tags);
std::string catalog_document(const std::vector<std::string>& repositories);
std::string error_document(Code code, std::string_view message);

}  // namespace tare::registry
