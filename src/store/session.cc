#include "store/session.h"

#include <unistd.h>

#include "store/store.h"

namespace tare::store {
namespace {

std::string lock_path(const std::string& root, const std::string& id) { return formatted("{}/leases/{}", root, id); }

}  // namespace

// Rows that end() has not dropped stay behind: the lock's end is what counts, and the next collection removes them.
Session::~Session() {
  if (!id_.empty()) ::unlink(lock_path(root_, id_).c_str());
}

void Session::end(Database& database) {
  const std::lock_guard guard(mutex_);
  if (id_.empty()) return;
  // The id is made of hexadecimal digits.
  (void)database
      .execute(formatted("BEGIN IMMEDIATE; DELETE FROM lease_item WHERE lease = '{}'; "
                         "DELETE FROM lease WHERE id = '{}'; COMMIT",
                         id_, id_))
      .ok();
}

Result<void> Session::start(Database& database) {
  const std::lock_guard guard(mutex_);
  return start_locked(database);
}

// The lock comes before the row: a row without a held lock is a dead lease.
Result<void> Session::start_locked(Database& database) {
  if (!id_.empty()) return {};
  const std::string id = hex(TRY(os::random_bytes(8)));
  auto lock = TRY(os::FileLock::acquire(lock_path(root_, id), os::FileLock::Mode::kExclusive));
  auto statement = TRY(database.prepare("INSERT INTO lease(id) VALUES(?)"));
  TRY(statement.bind(id).run());
  lock_ = std::move(lock);
  id_ = id;
  return {};
}

Result<void> Session::claim(Database& database, const std::string& digest) {
  const std::lock_guard guard(mutex_);
  TRY(start_locked(database));
  if (claimed_.contains(digest)) return {};
  auto statement = TRY(database.prepare("INSERT OR IGNORE INTO lease_item(lease, digest) VALUES(?, ?)"));
  TRY(statement.bind(id_).bind(digest).run());
  claimed_.insert(digest);
  return {};
}

Result<void> Session::release_parts(Database& database, const std::string& manifest) {
  const std::lock_guard guard(mutex_);
  if (id_.empty() || holders_ > 0) return {};
  auto parts = TRY(database.prepare("SELECT digest FROM image_part WHERE manifest = ?"));
  parts.bind(manifest);
  while (TRY(parts.step())) claimed_.erase(parts.text(0));
  auto drop = TRY(database.prepare(
      "DELETE FROM lease_item WHERE lease = ? AND digest IN (SELECT digest FROM image_part WHERE manifest = ?)"));
  return drop.bind(id_).bind(manifest).run();
}

void Session::add_holder() {
  const std::lock_guard guard(mutex_);
  ++holders_;
}

void Session::remove_holder() {
  const std::lock_guard guard(mutex_);
  --holders_;
}

bool Session::held() {
  const std::lock_guard guard(mutex_);
  return holders_ > 0;
}

Result<void> drop_dead_leases(Database& database, const std::string& root) {
  auto leases = TRY(database.prepare("SELECT id FROM lease"));
  std::vector<std::string> ids;
  while (TRY(leases.step())) ids.push_back(leases.text(0));
  auto drop_items = TRY(database.prepare("DELETE FROM lease_item WHERE lease = ?"));
  auto drop_lease = TRY(database.prepare("DELETE FROM lease WHERE id = ?"));
  for (const auto& id : ids) {
    const std::string path = lock_path(root, id);
    if (os::exists(path) && !TRY(os::FileLock::try_acquire(path, os::FileLock::Mode::kExclusive))) continue;
    TRY(drop_items.reset().bind(id).run());
    TRY(drop_lease.reset().bind(id).run());
    ::unlink(path.c_str());
  }
  return {};
}

}  // namespace tare::store
