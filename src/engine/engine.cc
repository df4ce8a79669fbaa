#include "engine/engine.h"

#include <unistd.h>

#include <cstdlib>

#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

// Beside the store's own tables, in one database, so that a name and the claim on its image are one transaction.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS networks (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, bridge TEXT NOT NULL UNIQUE, subnet TEXT NOT NULL UNIQUE,
  gateway TEXT NOT NULL, internal INTEGER NOT NULL, created TEXT NOT NULL, labels TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS endpoints (
  container_id TEXT NOT NULL, network_id TEXT NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL,
  ports TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (container_id, network_id), UNIQUE (network_id, address)) WITHOUT ROWID;
)";

Result<void> ensure_schema(store::Database& database) {
  auto query = TRY(database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'endpoints'"));
  if (TRY(query.step())) return {};
  return database.execute(kSchema);
}

}  // namespace

Engine::Engine(std::unique_ptr<EngineCore> core) : core_(std::move(core)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::open(const os::Paths& paths) {
  auto store = TRY(store::Store::open(paths.store()));
  TRY(ensure_schema(store.database()));
  return Engine(std::make_unique<EngineCore>(EngineCore{paths, std::move(store)}));
}

const os::Paths& Engine::paths() const { return core_->paths; }
store::Store& Engine::store() { return core_->store; }
std::string Engine::log_directory(const std::string& id) const { return core_->data_directory(id) + "/log"; }

bool is_rootless() { return ::geteuid() != 0 || std::getenv("TARE_ROOTLESS_UID") != nullptr; }

Result<std::string> make_id() { return hex(TRY(os::random_bytes(32))); }

}  // namespace tare::engine
