// Looking containers up: rows of the database, joined with their files.
#include <algorithm>

#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

Result<std::vector<ContainerRow>> find_rows(EngineCore& core, const std::string& where, std::string_view value) {
  auto query = TRY(core.database().prepare("SELECT id, name FROM containers " + where));
  query.bind(value);
  std::vector<ContainerRow> rows;
  while (TRY(query.step())) rows.push_back({query.text(0), query.text(1)});
  return rows;
}

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error no_such_container(std::string_view name) {
  return Failure(ErrorKind::kNotFound, "No such container: {}", name).with_hint("see `tare ps -a`");
}

constexpr size_t kIdLength = 64;

Result<ContainerRow> find_row(EngineCore& core, std::string_view wanted) {
  const auto name = wanted.starts_with('/') ? wanted.substr(1) : wanted;
  std::vector<ContainerRow> rows;
  if (name.size() == kIdLength) rows = TRY(find_rows(core, "WHERE id = ?", name));
  if (rows.empty()) rows = TRY(find_rows(core, "WHERE name = ?", name));
  if (!rows.empty()) return rows.front();
  if (!is_hexadecimal(name) || name.size() > kIdLength) return no_such_container(wanted);
  // A range instead of LIKE, so that the primary key is used.
  rows = TRY(find_rows(core, "WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2", name));
  if (rows.empty()) return no_such_container(wanted);
  if (rows.size() > 1) {
    return Failure(ErrorKind::kInvalidArgument, "multiple containers found with the id prefix {}", wanted)
        .with_hint("give more characters of the id");
  }
  return rows.front();
}

}  // namespace

Result<ContainerRecord> read_record(const EngineCore& core, const std::string& id) {
  if (core.created && core.created->id == id) return *core.created;
  const auto text = TRY(os::read_file(core.data_directory(id) + "/container.json"));
  return ContainerRecord::parse(text);
}

Result<Container> read_files(const EngineCore& core, const std::string& id, const std::string& name) {
  Container container;
  const auto directory = core.data_directory(id);
  container.record = TRY(read_record(core, id));
  const auto update = os::read_file(directory + "/update.json");
  if (update.ok()) {
    auto current = TRY(UpdatedOptions::parse(*update));
    container.record.options.resources = std::move(current.resources);
    container.record.options.restart = current.restart;
  }
  container.name = name;
  container.state = TRY(supervise::read_state(directory, core.run_directory(id)));
  return container;
}

Result<Container> read_container(EngineCore& core, const std::string& id, const std::string& name) {
  auto container = TRY(read_files(core, id, name));
  if (container.running()) container.endpoints = TRY(read_endpoints(core, id));
  return container;
}

Result<std::string> container_name(EngineCore& core, const std::string& id) {
  const auto rows = TRY(find_rows(core, "WHERE id = ?", id));
  if (rows.empty()) return no_such_container(id);
  return rows.front().name;
}

Result<Container> Engine::find_container(std::string_view name_or_id) {
  const auto row = TRY(find_row(*core_, name_or_id));
  auto container = read_container(*core_, row.id, row.name);
  if (!container.ok() && container.error().kind() == ErrorKind::kNotFound) return no_such_container(name_or_id);
  return container;
}

Result<void> Engine::rename_container(const Container& container, const std::string& name) {
  TRY(check_name(name, "container"));
  auto row = TRY(core_->database().prepare("UPDATE containers SET name = ? WHERE id = ?"));
  auto renamed = row.bind(name).bind(container.record.id).run();
  if (renamed.ok() || renamed.error().kind() != ErrorKind::kAlreadyExists) return renamed;
  return Failure(ErrorKind::kAlreadyExists, "Conflict. The container name \"/{}\" is already in use", name);
}

}  // namespace tare::engine
