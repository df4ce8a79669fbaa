// `ps` and `port`.
#include "cmd/tare/list_containers.h"

#include <iostream>

#include "api/docker/shapes.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/filter.h"
#include "cmd/tare/session.h"
#include "cmd/tare/table.h"

namespace tare::cmd {
namespace {

using engine::ContainerRecord;
using engine::ContainerSummary;

struct PsOptions {
  bool all = false;
  bool quiet = false;
  bool no_trunc = false;
  bool latest = false;
  bool size = false;
  std::string last;
  std::string format;
  std::vector<std::string> filters;
};

Result<PsOptions> parse_ps_options(const Words& words) {
  PsOptions options;
  Arguments arguments("tare ps [OPTIONS]", "List containers");
  arguments.flag("-a,--all", options.all, "Show stopped ones too");
  arguments.flag("-q,--quiet", options.quiet, "Only ids");
  arguments.flag("--no-trunc", options.no_trunc, "Do not shorten");
  arguments.flag("-l,--latest", options.latest, "Only the newest");
  arguments.text("-n,--last", options.last, "Only the N newest");
  arguments.text("--format", options.format, "json, or a Go template");
  arguments.list("-f,--filter", options.filters, "name, id, status, ancestor, label, exited, network, health");
  arguments.refused("-s,--size");
  TRY(arguments.parse(words, {.at_most = 0}));
  return options;
}

std::string shortened(const std::string& text, size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 1) + "…";
}

std::string command_text(const std::string& command, bool no_trunc) {
  return "\"" + (no_trunc ? command : shortened(command, 20)) + "\"";
}

std::string labels_text(const ContainerRecord& record) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : record.labels) texts.push_back(formatted("{}={}", key, value));
  return join(texts, ",");
}

std::string mounts_text(const ContainerRecord& record) {
  std::vector<std::string> texts;
  for (const auto& mount : record.options.mounts) {
    if (!mount.source.empty()) texts.push_back(mount.source);
  }
  return join(texts, ",");
}

std::string network_text(const ContainerRecord& record) {
  const auto& mode = record.options.network;
  return mode == "default" ? engine::kDefaultNetwork : mode;
}

Row row_of(const ContainerSummary& container, const PsOptions& options, TimePoint time) {
  const auto created = parse_rfc3339(container.created).value_or(time);
  return {{"ID", options.no_trunc ? container.id : container.id.substr(0, 12)},
          {"Image", container.image},
          {"Command", command_text(container.command, options.no_trunc)},
          {"RunningFor", format_human_duration(time - created) + " ago"},
          {"Status", api::docker::status_text(container.state, time)},
          {"Ports", api::docker::ports_text(container)},
          {"Names", container.name}};
}

// What the table does not show unasked.
void add_hidden_columns(Row& row, const ContainerSummary& container, const ContainerRecord& record) {
  row.emplace_back("State", supervise::to_string(container.state.status));
  row.emplace_back("CreatedAt", container.created);
  row.emplace_back("Labels", labels_text(record));
  row.emplace_back("Mounts", mounts_text(record));
  row.emplace_back("Networks", network_text(record));
}

bool allowed(const ContainerSummary& container, const Filters& filters) {
  const auto contains = [](const std::string& text) {
    return [&text](const std::string& part) { return text.find(part) != std::string::npos; };
  };
  const auto is = [](const std::string& text) { return [text](const std::string& other) { return text == other; }; };
  return filters.allow("name", contains(container.name)) &&
         filters.allow("id", [&](const std::string& prefix) { return container.id.starts_with(prefix); }) &&
         filters.allow("status", is(std::string(supervise::to_string(container.state.status)))) &&
         filters.allow("exited", is(std::to_string(container.state.exit_code))) &&
         filters.allow("health", is(container.state.health.empty() ? "none" : container.state.health)) &&
         filters.allow("ancestor", [&](const std::string& image) {
           return container.image == image || container.image == image + ":latest";
         });
}

bool allowed_by_record(const ContainerRecord& record, const Filters& filters) {
  return filters.allow("network", [&](const std::string& name) { return name == network_text(record); }) &&
         filters.allow_labels(record.labels);
}

// Of a thousand records, ps would spend all its time on reading what it does not show.
bool needs_records(const PsOptions& options, const Filters& filters) {
  return !options.format.empty() || filters.has("network") || filters.has("label");
}

// Docker: a filter for the status, -l and -n show stopped containers as well.
bool shows_stopped(const PsOptions& options, const Filters& filters) {
  return options.all || options.latest || !options.last.empty() || filters.has("status") || filters.has("exited");
}

Table empty_table() {
  return {.columns = {{"CONTAINER ID", "ID"},
                      {"IMAGE", "Image"},
                      {"COMMAND", "Command"},
                      {"CREATED", "RunningFor"},
                      {"STATUS", "Status"},
                      {"PORTS", "Ports"},
                      {"NAMES", "Names"},
                      {"STATE", "State"},
                      {"CREATED AT", "CreatedAt"},
                      {"LABELS", "Labels"},
                      {"MOUNTS", "Mounts"},
                      {"NETWORKS", "Networks"}},
          .shown = 7,
          .rows = {}};
}

Result<size_t> row_limit(const PsOptions& options) {
  if (options.latest) return 1;
  if (options.last.empty() || options.last == "-1") return static_cast<size_t>(-1);
  const auto count = parse_unsigned(options.last);
  if (!count) return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for --last", options.last);
  return static_cast<size_t>(*count);
}

// Nothing: another process has removed the container since it was listed.
Result<std::optional<ContainerRecord>> find_record(engine::Engine& engine, const std::string& id) {
  auto record = engine.container_record(id);
  if (record.ok()) return std::optional(std::move(record).value());
  if (record.error().kind() == ErrorKind::kNotFound) return std::optional<ContainerRecord>();
  return std::move(record).error();
}

}  // namespace

Result<int> list_containers_command(const Words& words) {
  const auto options = TRY(parse_ps_options(words));
  const auto filters = TRY(
      Filters::parse(options.filters, {"name", "id", "status", "ancestor", "label", "exited", "network", "health"}));
  const size_t limit = TRY(row_limit(options));
  auto engine = TRY(open_engine());
  TRY(engine.repair());
  auto table = empty_table();
  const auto time = now();
  const auto containers = TRY(engine.list_summaries());
  for (const auto& container : containers) {
    if (table.rows.size() == limit) break;
    const bool shown = (container.running() || shows_stopped(options, filters)) && allowed(container, filters);
    if (!shown) continue;
    auto row = row_of(container, options, time);
    if (needs_records(options, filters)) {
      const auto record = TRY(find_record(engine, container.id));
      if (!record || !allowed_by_record(*record, filters)) continue;
      add_hidden_columns(row, container, *record);
    }
    table.rows.push_back(std::move(row));
  }
  std::cout << TRY(render_table(table, options.quiet ? "{{.ID}}" : options.format));
  return 0;
}

Result<int> port_command(const Words& words) {
  Arguments arguments("tare port CONTAINER [PORT[/PROTOCOL]]", "Show the published ports of a container");
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 2}));
  auto engine = TRY(open_engine());
  const auto container = TRY(engine.find_container(names[0]));
  const auto wanted = names.size() < 2 ? "" : names[1].find('/') == std::string::npos ? names[1] + "/tcp" : names[1];
  bool found = wanted.empty();
  for (const auto& endpoint : container.endpoints) {
    for (const auto& port : endpoint.ports) {
      const auto key = formatted("{}/{}", port.container_port, network::to_string(port.protocol));
      const auto host = formatted("{}:{}", network::to_string(port.host_address), port.host_port);
      if (wanted.empty()) std::cout << key << " -> " << host << "\n";
      if (wanted == key) std::cout << host << "\n";
      found = found || wanted == key;
    }
  }
  if (!found) return Failure(ErrorKind::kNotFound, "no public port '{}' published for {}", wanted, container.name);
  return 0;
}

}  // namespace tare::cmd
