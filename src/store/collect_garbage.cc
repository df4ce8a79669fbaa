// What nothing reaches goes. Reachable are: images with a name, a pin or a live lease, all parts of images that are
// kept, and what live leases claim. Two write transactions: the first drops rows, the second moves files without a row
// out of the way. Files come and go together with their rows (blobs.h, layers.h), so a process that makes a thing again
// between the two has its row in time. Removing trees, which takes long, happens outside of both.
#include "store/collect_garbage.h"

#include <sys/stat.h>

#include <ctime>
#include <set>

#include "os/file.h"
#include "store/images.h"
#include "store/ingest_lock.h"

namespace tare::store {
namespace {

// Interrupted pulls can be resumed for so long.
constexpr std::time_t kKeepArriving = 24 * 60 * 60;

Result<std::vector<oci::Digest>> drop_dangling_images(Database& database) {
  auto doomed = TRY(database.prepare(
      "SELECT manifest, config FROM image WHERE manifest NOT IN (SELECT manifest FROM name) "
      "AND manifest NOT IN (SELECT manifest FROM pin) AND manifest NOT IN (SELECT digest FROM lease_item)"));
  std::vector<oci::Digest> images;
  auto drop = TRY(database.prepare("DELETE FROM image WHERE manifest = ?"));
  while (TRY(doomed.step())) {
    auto config = TRY(oci::Digest::parse(doomed.text(1)));
    images.push_back(std::move(config));
    TRY(drop.reset().bind(doomed.text(0)).run());
  }
  return images;
}

Result<uint64_t> drop_unreached(Database& database, std::string_view table, std::string_view key) {
  const std::string condition =
      formatted("{} NOT IN (SELECT digest FROM image_part) AND {} NOT IN (SELECT digest FROM lease_item)", key, key);
  auto sum = TRY(database.prepare(formatted("SELECT coalesce(sum(size), 0) FROM {} WHERE {}", table, condition)));
  TRY(sum.step());
  const auto bytes = static_cast<uint64_t>(sum.integer(0));
  TRY(database.execute(formatted("DELETE FROM {} WHERE {}", table, condition)));
  return bytes;
}

Result<std::set<std::string>> read_column(Database& database, const std::string& query) {
  auto statement = TRY(database.prepare(query));
  std::set<std::string> values;
  while (TRY(statement.step())) values.insert(statement.text(0));
  return values;
}

// A patch lives as long as all layers of its chain.
Result<void> drop_patches(Database& database) {
  const auto layers = TRY(read_column(database, "SELECT directory FROM layer"));
  auto drop = TRY(database.prepare("DELETE FROM chain_patch WHERE chain = ?"));
  for (const auto& chain : TRY(read_column(database, "SELECT chain FROM chain_patch"))) {
    bool whole = true;
    for (const auto& directory : split(chain, '/')) whole = whole && (directory.empty() || layers.contains(directory));
    if (!whole) TRY(drop.reset().bind(chain).run());
  }
  return database.execute("DELETE FROM layer_gap WHERE diff_id NOT IN (SELECT diff_id FROM layer)");
}

Result<void> move_unlisted_layers(Core& core, Database& database) {
  const auto listed = TRY(read_column(database, "SELECT directory FROM layer UNION SELECT directory FROM chain_patch"));
  for (const auto& name : TRY(os::list_directory(core.layers_path()))) {
    if (listed.contains(name)) continue;
    const std::string trash = TRY(core.new_ingest_path("trash"));
    TRY(os::rename(core.layer_path(name), trash));
  }
  return {};
}

Result<void> remove_unlisted_blobs(Core& core, Database& database) {
  const auto listed = TRY(read_column(database, "SELECT digest FROM blob"));
  for (const std::string algorithm : {"sha256", "sha512"}) {
    const std::string directory = formatted("{}/blobs/{}", core.root(), algorithm);
    for (const auto& name : TRY(os::list_directory(directory))) {
      if (listed.contains(formatted("{}:{}", algorithm, name))) continue;
      TRY(os::remove_tree(formatted("{}/{}", directory, name)));
    }
  }
  return {};
}

Result<void> sweep_files(Core& core, Database& database) {
  auto transaction = TRY(database.begin());
  TRY(move_unlisted_layers(core, database));
  TRY(remove_unlisted_blobs(core, database));
  return transaction.commit();
}

bool is_old(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && ::time(nullptr) - status.st_mtime > kKeepArriving;
}

bool has_own_lock(std::string_view name) {
  return name.starts_with("layer-") || name.starts_with("unpack-") || name.starts_with("commit-") ||
         name.ends_with(".lock");
}

// What is written under a lock of its own name is a left-over when the lock is free; the rest when it is old.
Result<void> sweep_ingest(Core& core) {
  constexpr std::string_view kLock = ".lock";
  for (const auto& name : TRY(os::list_directory(core.ingest_path("")))) {
    const std::string path = core.ingest_path(name);
    if (name.starts_with("trash-")) {
      TRY(os::remove_tree(path));
      continue;
    }
    if (!has_own_lock(name) && !is_old(path)) continue;
    const bool is_lock = name.ends_with(kLock);
    // Taking the lock and giving it back removes its file.
    const auto lock = TRY(IngestLock::try_acquire(is_lock ? path.substr(0, path.size() - kLock.size()) : path));
    if (lock && !is_lock) TRY(os::remove_tree(path));
  }
  return {};
}

Result<void> sweep_work(const std::string& root) {
  const std::string directory = root + "/work";
  for (const auto& name : TRY(os::list_directory(directory))) {
    if (!name.ends_with(".lock")) continue;
    const std::string lock_path = formatted("{}/{}", directory, name);
    if (!TRY(os::FileLock::try_acquire(lock_path, os::FileLock::Mode::kExclusive))) continue;
    TRY(os::remove_tree(lock_path.substr(0, lock_path.size() - 5)));
    TRY(os::remove_tree(lock_path));
  }
  return {};
}

}  // namespace

Result<uint64_t> drop_unreached_rows(Core& core, Database& database) {
  TRY(database.execute(
      "DELETE FROM image_part WHERE manifest NOT IN (SELECT manifest FROM image) AND manifest NOT LIKE 'kept:%'"));
  const uint64_t layers = TRY(drop_unreached(database, "layer", "diff_id"));
  const uint64_t blobs = TRY(drop_unreached(database, "blob", "digest"));
  TRY(drop_patches(database));
  TRY(write_index(core, database));
  return layers + blobs;
}

Result<void> sweep(Core& core, Database& database) {
  TRY(sweep_files(core, database));
  TRY(sweep_ingest(core));
  TRY(sweep_work(core.root()));
  database.checkpoint();
  return {};
}

Result<Store::Collected> Store::collect_garbage(bool dangling) {
  Core& core = *state_->core;
  auto database = TRY(core.connect());
  Collected collected;
  {
    auto transaction = TRY(database->begin());
    TRY(drop_dead_leases(*database, core.root()));
    if (dangling) collected.images = TRY(drop_dangling_images(*database));
    collected.bytes = TRY(drop_unreached_rows(core, *database));
    TRY(transaction.commit());
  }
  TRY(sweep(core, *database));
  return collected;
}

}  // namespace tare::store
