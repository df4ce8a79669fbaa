// manifest.json of `docker save` archives (Docker's image specification 1.2, "Combined Image JSON + Filesystem
// Changeset Format"); what an archive has to say about its images, from it or from an OCI index.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/descriptor.h"

namespace tare::image {

struct ArchivedImage {
  std::string config;               // name of the file
  std::vector<std::string> names;   // "hello:latest"
  std::vector<std::string> layers;  // names of files, lowest first
};

Result<std::vector<ArchivedImage>> parse_docker_manifest(std::string_view json);
std::string write_docker_manifest(const std::vector<ArchivedImage>& images);

}  // namespace tare::image
