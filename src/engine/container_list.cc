// All containers at once: whole, or as a row of the database and a state, which is what a list of a thousand can
// afford.
#include <algorithm>

#include "engine/core.h"

namespace tare::engine {
namespace {

constexpr const char* kSelectSummaries =
    "SELECT id, name, created, image, command, exposed FROM containers ORDER BY created DESC";

constexpr const char* kWriteSummary =
    "INSERT INTO containers (id, name, created, image, command, exposed) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO "
    "UPDATE SET created = excluded.created, image = excluded.image, command = excluded.command, "
    "exposed = excluded.exposed";

// One query for all: one for each would cost more than its files.
template <typename Listed>
Result<void> add_endpoints(EngineCore& core, std::vector<Listed>& containers, std::string (*id_of)(const Listed&)) {
  auto endpoints = TRY(read_all_endpoints(core));
  if (endpoints.empty()) return {};
  for (auto& container : containers) {
    if (!container.running()) continue;
    const auto [first, last] = endpoints.equal_range(id_of(container));
    for (auto at = first; at != last; ++at) container.endpoints.push_back(std::move(at->second));
  }
  return {};
}

ContainerSummary summary_of(const store::Statement& row) {
  ContainerSummary summary{
      .id = row.text(0), .name = row.text(1), .created = row.text(2), .image = row.text(3), .command = row.text(4)};
  if (const auto exposed = row.text(5); !exposed.empty()) summary.exposed_ports = split(exposed, ',');
  return summary;
}

}  // namespace

Result<std::vector<ContainerRow>> container_rows(EngineCore& core) {
  auto query = TRY(core.database().prepare("SELECT id, name FROM containers"));
  std::vector<ContainerRow> rows;
  while (TRY(query.step())) rows.push_back({query.text(0), query.text(1)});
  return rows;
}

ContainerSummary summarize(const ContainerRecord& record) {
  ContainerSummary summary{.id = record.id,
                           .created = record.created,
                           .image = record.options.image,
                           .command = record.path,
                           .exposed_ports = record.exposed_ports};
  for (const auto& argument : record.arguments) summary.command += " " + argument;
  return summary;
}

Result<void> write_summary(EngineCore& core, const ContainerSummary& summary) {
  auto row = TRY(core.database().prepare(kWriteSummary));
  row.bind(summary.id).bind(summary.name).bind(summary.created);
  return row.bind(summary.image).bind(summary.command).bind(join(summary.exposed_ports, ",")).run();
}

Result<ContainerRecord> Engine::container_record(const std::string& id) const { return read_record(*core_, id); }

Result<std::vector<Container>> Engine::list_containers() {
  std::vector<Container> containers;
  const auto rows = TRY(container_rows(*core_));
  for (const auto& row : rows) {
    auto container = read_files(*core_, row.id, row.name);
    // Another process may have removed it since the rows were read.
    if (!container.ok() && container.error().kind() == ErrorKind::kNotFound) continue;
    containers.push_back(TRY(std::move(container)));
  }
  TRY(add_endpoints<Container>(*core_, containers, [](const Container& each) { return each.record.id; }));
  std::sort(containers.begin(), containers.end(),
            [](const Container& a, const Container& b) { return a.record.created > b.record.created; });
  return containers;
}

Result<std::vector<ContainerSummary>> Engine::list_summaries() {
  std::vector<ContainerSummary> summaries;
  auto rows = TRY(core_->database().prepare(kSelectSummaries));
  while (TRY(rows.step())) {
    auto summary = summary_of(rows);
    summary.state = TRY(supervise::read_state(core_->data_directory(summary.id), core_->run_directory(summary.id)));
    // No state: it was never started, or another process has removed it since the rows were read.
    const bool started = summary.state.status != supervise::Status::kCreated;
    if (started || os::exists(core_->data_directory(summary.id))) summaries.push_back(std::move(summary));
  }
  TRY(add_endpoints<ContainerSummary>(*core_, summaries, [](const ContainerSummary& each) { return each.id; }));
  return summaries;
}

}  // namespace tare::engine
