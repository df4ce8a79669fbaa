#include <array>
#include <utility>

#include "codec/json.h"
#include "supervise/config.h"

namespace tare::supervise {
namespace {

using codec::Json;
using codec::JsonReader;

constexpr std::array<std::pair<Restart, const char*>, 4> kRestartNames = {
    {{Restart::kNo, "no"},
     {Restart::kOnFailure, "on-failure"},
     {Restart::kAlways, "always"},
     {Restart::kUnlessStopped, "unless-stopped"}}};

const char* restart_name(Restart when) { return kRestartNames[static_cast<size_t>(when)].second; }

Result<OverlayRoot> read_overlay(const JsonReader& from) {
  OverlayRoot overlay;
  overlay.lower_directory = TRY(from.string("lower_directory"));
  overlay.lower_names = TRY(from.strings("lower_names"));
  overlay.upper = TRY(from.string_or("upper", ""));
  overlay.work = TRY(from.string_or("work", ""));
  overlay.disk = TRY(from.string_or("disk", ""));
  overlay.volatile_upper = TRY(from.boolean_or("volatile_upper", false));
  return overlay;
}

Json write_overlay(const OverlayRoot& overlay) {
  return {{"lower_directory", overlay.lower_directory},
          {"lower_names", overlay.lower_names},
          {"upper", overlay.upper},
          {"work", overlay.work},
          {"disk", overlay.disk},
          {"volatile_upper", overlay.volatile_upper}};
}

Result<oci::Healthcheck> read_healthcheck(const JsonReader& from) {
  oci::Healthcheck check;
  check.test = TRY(from.strings("test"));
  check.interval = TRY(from.integer_or("interval", 0));
  check.timeout = TRY(from.integer_or("timeout", 0));
  check.start_period = TRY(from.integer_or("start_period", 0));
  check.retries = TRY(from.integer_or("retries", 0));
  return check;
}

Json write_healthcheck(const oci::Healthcheck& check) {
  return {{"test", check.test},
          {"interval", check.interval},
          {"timeout", check.timeout},
          {"start_period", check.start_period},
          {"retries", check.retries}};
}

Result<void> read_log(const JsonReader& from, LogOptions& log) {
  log.keep = TRY(from.boolean_or("keep", log.keep));
  log.maximum_file_size = TRY(from.unsigned_or("maximum_file_size", log.maximum_file_size));
  log.maximum_files = static_cast<int>(TRY(from.integer_or("maximum_files", log.maximum_files)));
  return {};
}

Result<void> read_restart(const JsonReader& from, RestartPolicy& restart) {
  const auto name = TRY(from.string_or("when", "no"));
  restart.maximum_retries = static_cast<int>(TRY(from.integer_or("maximum_retries", 0)));
  for (const auto& [when, known] : kRestartNames) {
    if (name != known) continue;
    restart.when = when;
    return {};
  }
  return from.error(formatted("unknown restart policy \"{}\"", name));
}

Result<void> read_sections(const JsonReader& root, Config& config) {
  const auto overlay = TRY(root.find("overlay"));
  if (overlay) config.overlay = TRY(read_overlay(*overlay));
  const auto log = TRY(root.find("log"));
  if (log) TRY(read_log(*log, config.log));
  const auto restart = TRY(root.find("restart"));
  if (restart) TRY(read_restart(*restart, config.restart));
  const auto healthcheck = TRY(root.find("healthcheck"));
  if (healthcheck) config.healthcheck = TRY(read_healthcheck(*healthcheck));
  return {};
}

}  // namespace

Result<Config> Config::parse(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  const JsonReader root(document);
  Config config;
  config.container_id = TRY(root.string("container_id"));
  config.data_directory = TRY(root.string("data_directory"));
  config.run_directory = TRY(root.string("run_directory"));
  config.runtime = TRY(root.string_or("runtime", ""));
  config.cgroup_path = TRY(root.string_or("cgroup_path", ""));
  config.terminal = TRY(root.boolean_or("terminal", false));
  config.open_stdin = TRY(root.boolean_or("open_stdin", false));
  config.stdin_once = TRY(root.boolean_or("stdin_once", false));
  config.seccomp_cache = TRY(root.string_or("seccomp_cache", ""));
  config.cleanup_command = TRY(root.strings("cleanup_command"));
  TRY(read_sections(root, config));
  return config;
}

std::string Config::to_json() const {
  Json json = {{"container_id", container_id},   {"data_directory", data_directory},
               {"run_directory", run_directory}, {"runtime", runtime},
               {"cgroup_path", cgroup_path},     {"terminal", terminal},
               {"open_stdin", open_stdin},       {"stdin_once", stdin_once},
               {"seccomp_cache", seccomp_cache}, {"cleanup_command", cleanup_command}};
  json["log"] = {
      {"keep", log.keep}, {"maximum_file_size", log.maximum_file_size}, {"maximum_files", log.maximum_files}};
  json["restart"] = {{"when", restart_name(restart.when)}, {"maximum_retries", restart.maximum_retries}};
  if (overlay) json["overlay"] = write_overlay(*overlay);
  if (healthcheck) json["healthcheck"] = write_healthcheck(*healthcheck);
  return codec::dump_json(json);
}

}  // namespace tare::supervise
