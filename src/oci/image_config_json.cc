#include "codec/json.h"
#include "oci/image_config.h"

namespace tare::oci {

using codec::Json;
using codec::JsonReader;

namespace {

using Strings = std::vector<std::string>;

// Images of Docker before 1.9 have a single string where a list is expected now.
Result<std::optional<Strings>> read_command(const JsonReader& object, std::string_view key) {
  const auto member = TRY(object.find(key));
  if (member && member->value().is_string()) return std::optional(Strings{TRY(member->as_string())});
  return object.find_strings(key);
}

// Go's sets: {"80/tcp": {}}.
Result<std::set<std::string>> read_set(const JsonReader& object, std::string_view key) {
  std::set<std::string> set;
  const auto members = TRY(object.members(key));
  for (const auto& [name, value] : members) set.insert(name);
  return set;
}

Json write_set(const std::set<std::string>& set) {
  Json object = Json::object();
  for (const std::string& name : set) object[name] = Json::object();
  return object;
}

Result<Healthcheck> read_healthcheck(const JsonReader& object) {
  Healthcheck check;
  check.test = TRY(object.strings("Test"));
  check.interval = TRY(object.integer_or("Interval", 0));
  check.timeout = TRY(object.integer_or("Timeout", 0));
  check.start_period = TRY(object.integer_or("StartPeriod", 0));
  check.retries = TRY(object.integer_or("Retries", 0));
  return check;
}

Json write_healthcheck(const Healthcheck& check) {
  Json object = Json::object();
  codec::add_unless_empty(object, "Test", check.test);
  const auto add = [&object](const char* key, int64_t value) {
    if (value != 0) object[key] = value;
  };
  add("Interval", check.interval);
  add("Timeout", check.timeout);
  add("StartPeriod", check.start_period);
  add("Retries", check.retries);
  return object;
}

Result<ProcessDefaults> read_defaults(const JsonReader& object) {
  ProcessDefaults defaults;
  defaults.user = TRY(object.string_or("User", ""));
  defaults.env = TRY(object.strings("Env"));
  defaults.entrypoint = TRY(read_command(object, "Entrypoint"));
  defaults.cmd = TRY(read_command(object, "Cmd"));
  defaults.working_dir = TRY(object.string_or("WorkingDir", ""));
  defaults.exposed_ports = TRY(read_set(object, "ExposedPorts"));
  defaults.volumes = TRY(read_set(object, "Volumes"));
  defaults.labels = TRY(object.string_map("Labels"));
  defaults.stop_signal = TRY(object.string_or("StopSignal", ""));
  const auto check = TRY(object.find("Healthcheck"));
  if (check) defaults.healthcheck = TRY(read_healthcheck(*check));
  defaults.shell = TRY(object.strings("Shell"));
  defaults.on_build = TRY(object.strings("OnBuild"));
  return defaults;
}

Json write_defaults(const ProcessDefaults& defaults) {
  Json object = Json::object();
  codec::add_unless_empty(object, "User", defaults.user);
  codec::add_unless_empty(object, "Env", defaults.env);
  if (defaults.entrypoint) object["Entrypoint"] = *defaults.entrypoint;
  if (defaults.cmd) object["Cmd"] = *defaults.cmd;
  codec::add_unless_empty(object, "WorkingDir", defaults.working_dir);
  if (!defaults.exposed_ports.empty()) object["ExposedPorts"] = write_set(defaults.exposed_ports);
  if (!defaults.volumes.empty()) object["Volumes"] = write_set(defaults.volumes);
  codec::add_unless_empty(object, "Labels", defaults.labels);
  codec::add_unless_empty(object, "StopSignal", defaults.stop_signal);
  if (defaults.healthcheck) object["Healthcheck"] = write_healthcheck(*defaults.healthcheck);
  codec::add_unless_empty(object, "Shell", defaults.shell);
  codec::add_unless_empty(object, "OnBuild", defaults.on_build);
  return object;
}

Result<HistoryEntry> read_history_entry(const JsonReader& object) {
  HistoryEntry entry;
  entry.created = TRY(object.string_or("created", ""));
  entry.created_by = TRY(object.string_or("created_by", ""));
  entry.comment = TRY(object.string_or("comment", ""));
  entry.author = TRY(object.string_or("author", ""));
  entry.empty_layer = TRY(object.boolean_or("empty_layer", false));
  return entry;
}

Json write_history_entry(const HistoryEntry& entry) {
  Json object = Json::object();
  codec::add_unless_empty(object, "created", entry.created);
  codec::add_unless_empty(object, "created_by", entry.created_by);
  codec::add_unless_empty(object, "comment", entry.comment);
  codec::add_unless_empty(object, "author", entry.author);
  if (entry.empty_layer) object["empty_layer"] = true;
  return object;
}

Result<std::vector<Digest>> read_diff_ids(const JsonReader& document) {
  std::vector<Digest> ids;
  const auto rootfs = TRY(document.find("rootfs"));
  if (!rootfs) return ids;
  const std::string type = TRY(rootfs->string_or("type", "layers"));
  if (type != "layers") return rootfs->error(formatted("type '{}' is unknown, expected 'layers'", type));
  const auto texts = TRY(rootfs->strings("diff_ids"));
  for (const std::string& text : texts) {
    auto id = Digest::parse(text);
    if (!id.ok()) return rootfs->error("diff_ids: " + id.error().text());
    ids.push_back(std::move(id).value());
  }
  return ids;
}

Result<Platform> read_platform(const JsonReader& document) {
  Platform platform;
  platform.os = TRY(document.string_or("os", "linux"));
  platform.architecture = TRY(document.string_or("architecture", ""));
  platform.variant = TRY(document.string_or("variant", ""));
  return platform;
}

}  // namespace

Result<ImageConfig> ImageConfig::parse(std::string_view json) {
  const Json value = TRY(codec::parse_json(json).context("image configuration"));
  const JsonReader document(value);
  ImageConfig image;
  image.platform = TRY(read_platform(document));
  image.created = TRY(document.string_or("created", ""));
  image.author = TRY(document.string_or("author", ""));
  const auto config = TRY(document.find("config"));
  if (config) image.config = TRY(read_defaults(*config));
  image.diff_ids = TRY(read_diff_ids(document));
  const auto history = TRY(document.elements("history"));
  for (const JsonReader& entry : history) image.history.push_back(TRY(read_history_entry(entry)));
  return image;
}

std::string ImageConfig::to_json() const {
  Json ids = Json::array();
  for (const Digest& id : diff_ids) ids.push_back(id.string());
  Json document = {{"architecture", platform.architecture},
                   {"os", platform.os},
                   {"config", write_defaults(config)},
                   {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(ids)}}}};
  codec::add_unless_empty(document, "variant", platform.variant);
  codec::add_unless_empty(document, "created", created);
  codec::add_unless_empty(document, "author", author);
  Json entries = Json::array();
  for (const HistoryEntry& entry : history) entries.push_back(write_history_entry(entry));
  codec::add_unless_empty(document, "history", entries);
  return codec::dump_json(document);
}

}  // namespace tare::oci
