// Image manifests and indexes: OCI image specification, manifest.md and image-index.md; Docker's schema 2 alike.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.h"

namespace tare::oci {

struct Manifest {
  std::string media_type;
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
  std::map<std::string, std::string> annotations;
  std::string artifact_type;
  std::optional<Descriptor> subject;

  // Refuses what is not schema version 2, has no config, or contradicts its own media type.
  static Result<Manifest> parse(std::string_view json);
  std::string to_json() const;  // canonical: same manifest, same bytes
};

struct Index {
  std::string media_type;
  std::vector<Descriptor> manifests;
  std::map<std::string, std::string> annotations;

  static Result<Index> parse(std::string_view json);
  std::string to_json() const;
  // The manifest for a platform: an exact variant first, then any. kNotFound lists what there is.
  Result<Descriptor> select(const Platform& platform) const;
};

// What kind of document the bytes are: the media type that they state, or that their fields imply.
Result<std::string> document_media_type(std::string_view json);

}  // namespace tare::oci
