// `rm`, and what is due when a container has ended. All of it may be done twice, by two processes at once: the client
// of `run --rm` and the supervisor's last act do the same.
#include <signal.h>
#include <time.h>

#include <unordered_set>

#include "base/log.h"
#include "engine/core.h"
#include "engine/id_range.h"
#include "network/firewall.h"
#include "os/file.h"
#include "supervise/remains.h"

namespace tare::engine {
namespace {

Result<void> remove_anonymous_volumes(Engine& engine, const ContainerRecord& record) {
  for (const auto& name : record.anonymous_volumes) {
    auto removed = engine.remove_volume(name);
    if (!removed.ok() && removed.error().kind() == ErrorKind::kInternal) return removed;
  }
  return {};
}

std::string hidden_directory(const EngineCore& core, const std::string& id) {
  return core.paths.containers() + "/.removed-" + id;
}

// Out of sight: a container that is half removed must not look like one.
Result<void> hide_files(EngineCore& core, const std::string& id) {
  auto moved = os::rename(core.data_directory(id), hidden_directory(core, id));
  if (!moved.ok() && moved.error().kind() == ErrorKind::kNotFound) return {};
  return moved;
}

Result<void> remove_files(EngineCore& core, const std::string& id) {
  TRY(hide_files(core, id));
  TRY(os::remove_tree(hidden_directory(core, id)));
  return os::remove_tree(core.run_directory(id));
}

Result<void> give_back_rows(EngineCore& core, const ContainerRecord& record) {
  TRY(release_network(core, record.id));
  // Before the container's own row: a range whose container is forgotten would be nobody's to give back.
  if (record.options.userns_mode.starts_with("auto")) TRY(drop_id_range(core, record.id));
  return forget_container(core, record.id);
}

// The container that filled the disk must be removable: the database needs a little of what it holds.
Result<void> free_space(EngineCore& core, const std::string& id) {
  TRY(os::remove_tree(core.data_directory(id) + "/log"));
  TRY(os::remove_tree(core.data_directory(id) + "/disk.img"));
  return os::remove_tree(core.data_directory(id) + "/upper");
}

Result<void> remove_stopped(Engine& engine, EngineCore& core, const Container& container, bool volumes) {
  const auto& id = container.record.id;
  const auto lock = lock_container(core, id);  // absent files: another process was first, and the rest is harmless
  TRY(supervise::remove_remains(core.data_directory(id)));
  auto given_back = give_back_rows(core, container.record);
  if (!given_back.ok() && given_back.error().kind() == ErrorKind::kExhausted) {
    TRY(free_space(core, id));
    given_back = give_back_rows(core, container.record);
  }
  TRY(std::move(given_back));
  TRY(remove_files(core, id));
  if (volumes) TRY(remove_anonymous_volumes(engine, container.record));
  return {};
}

// Whoever makes or removes a container holds its lock. A directory without one was made this instant, or by a create
// that was killed between two calls: a minute is beyond any doubt.
bool is_abandoned(const EngineCore& core, const std::string& id) {
  if (os::exists(core.data_directory(id) + "/lock")) return !is_locked(core, id);
  const auto status = os::status(core.data_directory(id));
  return status.ok() && ::time(nullptr) - status->st_mtim.tv_sec > 60;
}

// Files of containers that have no row: a create or a removal that was killed.
Result<void> remove_orphans(EngineCore& core) {
  const auto names = os::list_directory(core.paths.containers());
  if (!names.ok()) return {};
  std::unordered_set<std::string> known;
  for (auto& row : TRY(container_rows(core))) known.insert(std::move(row.id));
  for (const auto& name : *names) {
    if (known.contains(name)) continue;
    const auto id = name.starts_with(".removed-") ? name.substr(sizeof(".removed-") - 1) : name;
    const bool doomed = id.size() != name.size();
    // The lock first: a create that ends between the two looks has written its row by then.
    if (!doomed && (!is_abandoned(core, name) || container_name(core, name).ok())) continue;
    TRY(os::remove_tree(core.paths.containers() + "/" + name));
    TRY(os::remove_tree(core.run_directory(id)));
  }
  return {};
}

Result<std::vector<std::string>> containers_with_endpoints(EngineCore& core) {
  auto rows = TRY(core.database().prepare("SELECT DISTINCT container_id FROM endpoints"));
  std::vector<std::string> ids;
  while (TRY(rows.step())) ids.push_back(rows.text(0));
  return ids;
}

}  // namespace

Result<void> forget_container(EngineCore& core, const std::string& id) {
  TRY(core.store.unpin(id));
  auto row = TRY(core.database().prepare("DELETE FROM containers WHERE id = ?"));
  return row.bind(id).run();
}

Result<os::FileLock> lock_container(const EngineCore& core, const std::string& id) {
  return os::FileLock::acquire(core.data_directory(id) + "/lock", os::FileLock::Mode::kExclusive);
}

bool is_locked(const EngineCore& core, const std::string& id) {
  const auto lock = os::FileLock::try_acquire(core.data_directory(id) + "/lock", os::FileLock::Mode::kExclusive);
  return lock.ok() && !lock->has_value();
}

Result<void> Engine::remove_container(const Container& container, bool force, bool volumes) {
  if (container.running()) {
    if (!force) {
      return Failure(ErrorKind::kConflict,
                     "cannot remove container \"/{}\": container is running: stop the container before removing or "
                     "force remove",
                     container.name)
          .with_hint(formatted("tare stop {0}, or tare rm -f {0}", container.name));
    }
    // It may end by itself meanwhile: only a container that is still there is an error.
    auto stopped = stop_container(container, SIGKILL, 0);
    const auto again = find_container(container.record.id);
    if (!stopped.ok() && again.ok() && again->running()) return stopped;
  }
  return remove_stopped(*this, *core_, container, volumes);
}

namespace {

Result<void> cleanup_ended(Engine& engine, EngineCore& core, const std::string& id) {
  auto container = TRY(engine.find_container(id));
  {
    // A start that is under way finishes first; then the container runs and nothing is due.
    const auto lock = TRY(lock_container(core, id));
    container.state = TRY(supervise::read_state(core.data_directory(id), core.run_directory(id)));
    if (container.running()) return {};
    TRY(release_network(core, id));
  }
  if (!container.record.options.auto_remove) return {};
  return remove_stopped(engine, core, container, true);
}

}  // namespace

Result<void> Engine::cleanup_container(const std::string& id) {
  auto cleaned = cleanup_ended(*this, *core_, id);
  if (cleaned.ok() || cleaned.error().kind() != ErrorKind::kNotFound) return cleaned;
  // Its client was here first, and has left the files to us.
  return container_name(*core_, id).ok() ? std::move(cleaned) : remove_files(*core_, id);
}

Result<void> Engine::release_container(const Container& container) {
  const auto& id = container.record.id;
  const auto state = TRY(supervise::read_state(core_->data_directory(id), core_->run_directory(id)));
  if (state.status == supervise::Status::kRestarting || state.status == supervise::Status::kRunning) return {};
  if (!container.record.anonymous_volumes.empty()) return cleanup_container(id);
  TRY(give_back_rows(*core_, container.record));
  return hide_files(*core_, id);
}

Result<void> Engine::repair() {
  const auto ids = TRY(containers_with_endpoints(*core_));
  for (const auto& id : ids) {
    if (supervise::is_supervised(core_->run_directory(id))) continue;  // who will do it
    const auto container = find_container(id);
    if (container.ok() && is_locked(*core_, id)) continue;  // it is being started
    TRY(release_network(*core_, id));
    if (container.ok() && container->record.options.auto_remove) TRY(cleanup_container(id));
  }
  return remove_orphans(*core_);
}

}  // namespace tare::engine
