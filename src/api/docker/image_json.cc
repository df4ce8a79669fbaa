// ImageInspect and ImageHistory of Docker's API.
#include "api/docker/shapes.h"
#include "codec/json.h"

namespace tare::api::docker {
namespace {

using codec::Json;

Json set_json(const std::set<std::string>& names) {
  Json json = Json::object();
  for (const auto& name : names) json[name] = Json::object();
  return json;
}

Json list_or_null(const std::optional<std::vector<std::string>>& list) { return list ? Json(*list) : Json(nullptr); }

Json config_json(const oci::ProcessDefaults& config) {
  Json json = {{"User", config.user},
               {"ExposedPorts", set_json(config.exposed_ports)},
               {"Env", config.env},
               {"Cmd", list_or_null(config.cmd)},
               {"Entrypoint", list_or_null(config.entrypoint)},
               {"Volumes", set_json(config.volumes)},
               {"WorkingDir", config.working_dir},
               {"Labels", config.labels}};
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (!config.shell.empty()) json["Shell"] = config.shell;
  if (!config.on_build.empty()) json["OnBuild"] = config.on_build;
  if (config.healthcheck) json["Healthcheck"] = {{"Test", config.healthcheck->test}};
  return json;
}

// All names of the same image, and the digests under which registries know it.
void add_names(Json& json, const store::Image& image, const std::vector<store::ImageRecord>& all) {
  auto tags = Json::array();
  auto digests = Json::array();
  for (const auto& record : all) {
    if (record.config_digest != image.record.config_digest || record.reference.empty()) continue;
    const auto reference = oci::ImageReference::parse(record.reference);
    if (!reference.ok()) continue;
    if (reference->tag()) tags.push_back(reference->familiar());
    digests.push_back(reference->familiar_name() + "@" + record.manifest.digest.string());
  }
  json["RepoTags"] = tags;
  json["RepoDigests"] = digests;
}

}  // namespace

Result<std::string> image_json(const engine::Engine& engine, const store::Image& image,
                               const std::vector<store::ImageRecord>& all) {
  auto layers = Json::array();
  for (const auto& diff_id : image.config.diff_ids) layers.push_back(diff_id.string());
  Json json = {{"Id", image.record.config_digest.string()},
               {"Created", image.config.created},
               {"Author", image.config.author},
               {"Comment", image.config.history.empty() ? "" : image.config.history.back().comment},
               {"Architecture", image.config.platform.architecture},
               {"Variant", image.config.platform.variant},
               {"Os", image.config.platform.os},
               {"Size", image.record.size},
               {"VirtualSize", image.record.size},
               {"Config", config_json(image.config.config)},
               {"GraphDriver", {{"Name", "overlay2"}, {"Data", {{"Root", engine.paths().store() + "/layers"}}}}},
               {"RootFS", {{"Type", "layers"}, {"Layers", layers}}},
               {"Descriptor",
                {{"mediaType", image.record.manifest.media_type},
                 {"digest", image.record.manifest.digest.string()},
                 {"size", image.record.manifest.size}}}};
  add_names(json, image, all);
  return codec::dump_json(json);
}

std::string history_json(const store::Image& image) {
  auto entries = Json::array();
  size_t layer = 0;
  for (const auto& entry : image.config.history) {
    const bool empty = entry.empty_layer || layer >= image.manifest.layers.size();
    const uint64_t size = empty ? 0 : image.manifest.layers[layer++].size;
    entries.insert(entries.begin(), Json{{"Id", "<missing>"},
                                         {"Created", entry.created},
                                         {"CreatedBy", entry.created_by},
                                         {"Comment", entry.comment},
                                         {"Size", size},
                                         {"Tags", nullptr}});
  }
  if (!entries.empty()) entries.front()["Id"] = image.record.config_digest.string();
  return codec::dump_json(entries);
}

}  // namespace tare::api::docker
