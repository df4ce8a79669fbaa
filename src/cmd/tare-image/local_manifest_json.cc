#include "cmd/tare-image/local_manifest.h"
#include "codec/json.h"

namespace tare::image {

Result<std::vector<ArchivedImage>> parse_docker_manifest(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  std::vector<ArchivedImage> images;
  for (const auto& element : TRY(codec::JsonReader(document, "manifest.json").as_elements())) {
    ArchivedImage image;
    image.config = TRY(element.string("Config"));
    image.names = TRY(element.strings("RepoTags"));
    image.layers = TRY(element.strings("Layers"));
    images.push_back(std::move(image));
  }
  return images;
}

std::string write_docker_manifest(const std::vector<ArchivedImage>& images) {
  auto document = codec::Json::array();
  for (const auto& image : images) {
    document.push_back({{"Config", image.config}, {"RepoTags", image.names}, {"Layers", image.layers}});
  }
  return codec::dump_json(document);
}

}  // namespace tare::image
