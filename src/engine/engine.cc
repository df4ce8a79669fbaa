#include "engine/engine.h"

#include <unistd.h>

#include <cstdlib>

#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

// Beside the store's own tables, in one database, so that a name and the claim on its image are one transaction.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS containers (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created TEXT NOT NULL DEFAULT '', image TEXT NOT NULL DEFAULT '',
  command TEXT NOT NULL DEFAULT '', exposed TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS networks (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, bridge TEXT NOT NULL UNIQUE, subnet TEXT NOT NULL UNIQUE,
  gateway TEXT NOT NULL, internal INTEGER NOT NULL, created TEXT NOT NULL, labels TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS endpoints (
  container_id TEXT NOT NULL, network_id TEXT NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL,
  ports TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (container_id, network_id), UNIQUE (network_id, address)) WITHOUT ROWID;
)";

// What `containers` has since lists are made from it alone; 0.1 began without.
constexpr const char* kSummaryColumns = R"(
ALTER TABLE containers ADD COLUMN created TEXT NOT NULL DEFAULT '';
ALTER TABLE containers ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE containers ADD COLUMN command TEXT NOT NULL DEFAULT '';
ALTER TABLE containers ADD COLUMN exposed TEXT NOT NULL DEFAULT '';
)";

// The definition of the table, empty when there is none.
Result<std::string> table_definition(store::Database& database) {
  auto query = TRY(database.prepare("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'containers'"));
  return TRY(query.step()) ? query.text(0) : std::string();
}

Result<void> ensure_schema(EngineCore& core) {
  const auto is_current = [](const std::string& definition) { return definition.find("exposed") != std::string::npos; };
  if (is_current(TRY(table_definition(core.database())))) return {};
  auto transaction = TRY(core.database().begin());
  const auto definition = TRY(table_definition(core.database()));
  if (!definition.empty() && !is_current(definition)) TRY(core.database().execute(kSummaryColumns));
  TRY(core.database().execute(kSchema));
  for (const auto& row : TRY(container_rows(core))) {
    const auto record = read_record(core, row.id);
    if (!record.ok()) continue;
    auto summary = summarize(*record);
    summary.name = row.name;
    TRY(write_summary(core, summary));
  }
  return transaction.commit();
}

}  // namespace

Engine::Engine(std::unique_ptr<EngineCore> core) : core_(std::move(core)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::open(const os::Paths& paths) {
  auto store = TRY(store::Store::open(paths.store()));
  auto core = std::make_unique<EngineCore>(EngineCore{paths, std::move(store)});
  TRY(ensure_schema(*core));
  return Engine(std::move(core));
}

const os::Paths& Engine::paths() const { return core_->paths; }
store::Store& Engine::store() { return core_->store; }
std::string Engine::log_directory(const std::string& id) const { return core_->data_directory(id) + "/log"; }

bool is_rootless() { return ::geteuid() != 0 || std::getenv("TARE_ROOTLESS_UID") != nullptr; }

Result<std::string> make_id() { return hex(TRY(os::random_bytes(32))); }

}  // namespace tare::engine
