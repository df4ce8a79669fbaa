#include "build/cache/build_cache.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "os/file.h"

namespace tare::build {
namespace {

// `used`: seconds since 1970 of the last build that took the entry.
constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS build_cache(
  key TEXT PRIMARY KEY, media_type TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, diff_id TEXT NOT NULL,
  used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS build_tree(signature TEXT PRIMARY KEY, digest TEXT NOT NULL, used INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS build_files(context TEXT PRIMARY KEY, digests TEXT NOT NULL, used INTEGER NOT NULL)
  WITHOUT ROWID;
)sql";

// Entries that nobody used for so long go by themselves: a tree's signature is stale after the first edit.
constexpr int64_t kTreeLifetimeSeconds = 30 * 24 * 3600;
constexpr int64_t kNoteEverySeconds = 3600;  // a use is written down at most this often

int64_t now_seconds() { return std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count(); }

std::string keep_owner(const std::string& key) { return "build-cache:" + key; }

Result<bool> has_tables(store::Database& database) {
  auto query = TRY(database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'build_files'"));
  return query.step();
}

Result<uint64_t> tree_size(const std::string& path) {
  const auto status = TRY(os::link_status(path));
  auto size = static_cast<uint64_t>(status.st_blocks) * 512;
  if (!S_ISDIR(status.st_mode)) return size;
  const auto names = TRY(os::list_directory(path));
  for (const auto& name : names) size += tree_size(formatted("{}/{}", path, name)).value_or(0);
  return size;
}

}  // namespace

Result<std::unique_ptr<BuildCache>> BuildCache::open(store::Store& store) {
  auto database = TRY(store::Database::open(store.root() + "/tare.db"));
  if (!TRY(has_tables(database))) TRY(database.execute(kTables));
  return std::unique_ptr<BuildCache>(new BuildCache(store, std::move(database)));
}

Result<std::optional<CachedLayer>> BuildCache::find_layer(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto query = TRY(database_.prepare("SELECT media_type, digest, size, diff_id FROM build_cache WHERE key = ?"));
  if (!TRY(query.bind(key).step())) return std::optional<CachedLayer>();
  auto digest = TRY(oci::Digest::parse(query.text(1)));
  auto diff_id = TRY(oci::Digest::parse(query.text(3)));
  CachedLayer layer{query.text(0), std::move(digest), static_cast<uint64_t>(query.integer(2)), std::move(diff_id)};
  if (!store_.has_layer(layer.diff_id) || !store_.has_blob(layer.digest)) return std::optional<CachedLayer>();
  used_.insert(key);
  return std::optional(std::move(layer));
}

Result<void> BuildCache::remember_layer(const std::string& key, const CachedLayer& layer) {
  TRY(store_.keep(keep_owner(key), {layer.digest, layer.diff_id}));
  const std::lock_guard lock(mutex_);
  auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO build_cache VALUES (?, ?, ?, ?, ?, ?)"));
  insert.bind(key).bind(layer.media_type).bind(layer.digest.string()).bind(static_cast<int64_t>(layer.size));
  return insert.bind(layer.diff_id.string()).bind(now_seconds()).run();
}

Result<std::optional<std::string>> BuildCache::find_tree(const std::string& signature) {
  const std::lock_guard lock(mutex_);
  auto query = TRY(database_.prepare("SELECT digest FROM build_tree WHERE signature = ?"));
  if (!TRY(query.bind(signature).step())) return std::optional<std::string>();
  used_.insert(signature);
  return std::optional(query.text(0));
}

Result<void> BuildCache::remember_tree(const std::string& signature, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO build_tree VALUES (?, ?, ?)"));
  return insert.bind(signature).bind(digest).bind(now_seconds()).run();
}

Result<BuildCache::FileDigests> BuildCache::read_file_digests(const std::string& context) {
  const std::lock_guard lock(mutex_);
  auto query = TRY(database_.prepare("SELECT digests FROM build_files WHERE context = ?"));
  FileDigests digests;
  if (!TRY(query.bind(context).step())) return digests;
  for (const auto& line : split(query.text(0), '\n')) {
    if (const auto parts = cut(line, '=')) digests.emplace(parts->first, parts->second);
  }
  return digests;
}

Result<void> BuildCache::write_file_digests(const std::string& context, const FileDigests& digests) {
  std::string text;
  for (const auto& [file, digest] : digests) {
    text += file;
    text += '=';
    text += digest;
    text += '\n';
  }
  const std::lock_guard lock(mutex_);
  auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO build_files VALUES (?, ?, ?)"));
  return insert.bind(context).bind(text).bind(now_seconds()).run();
}

Result<void> BuildCache::note_uses() {
  const std::lock_guard lock(mutex_);
  const int64_t time = now_seconds();
  auto stale =
      TRY(database_.prepare("SELECT 1 FROM build_cache WHERE key = ? AND used < ? UNION ALL "
                            "SELECT 1 FROM build_tree WHERE signature = ? AND used < ?"));
  std::vector<std::string> noted;
  for (const auto& key : used_) {
    stale.reset().bind(key).bind(time - kNoteEverySeconds).bind(key).bind(time - kNoteEverySeconds);
    if (TRY(stale.step())) noted.push_back(key);
  }
  if (noted.empty()) return {};
  auto transaction = TRY(database_.begin());
  for (const auto& key : noted) {
    auto layers = TRY(database_.prepare("UPDATE build_cache SET used = ? WHERE key = ?"));
    TRY(layers.bind(time).bind(key).run());
    auto trees = TRY(database_.prepare("UPDATE build_tree SET used = ? WHERE signature = ?"));
    TRY(trees.bind(time).bind(key).run());
  }
  auto forget = TRY(database_.prepare("DELETE FROM build_tree WHERE used < ?"));
  TRY(forget.bind(time - kTreeLifetimeSeconds).run());
  return transaction.commit();
}

Result<CacheUsage> BuildCache::usage() {
  const std::lock_guard lock(mutex_);
  auto query =
      TRY(database_.prepare("SELECT count(*), (SELECT coalesce(sum(size), 0) FROM "
                            "(SELECT DISTINCT digest, size FROM build_cache)) FROM build_cache"));
  TRY(query.step());
  CacheUsage usage{static_cast<size_t>(query.integer(0)), static_cast<uint64_t>(query.integer(1))};
  usage.bytes += tree_size(cache_mounts_directory(store_)).value_or(0);
  return usage;
}

Result<CacheUsage> BuildCache::prune(std::chrono::seconds unused_for) {
  const std::lock_guard lock(mutex_);
  const int64_t until = unused_for.count() == 0 ? INT64_MAX : now_seconds() - unused_for.count();
  CacheUsage pruned;
  std::vector<std::string> keys;
  {
    auto query = TRY(database_.prepare("SELECT key, size FROM build_cache WHERE used < ?"));
    query.bind(until);
    while (TRY(query.step())) {
      keys.push_back(query.text(0));
      pruned.bytes += static_cast<uint64_t>(query.integer(1));
    }
  }
  for (const auto& key : keys) {
    // The entry goes first: without it the claim is only waste, while an entry without its claim would lose its layer.
    auto remove = TRY(database_.prepare("DELETE FROM build_cache WHERE key = ?"));
    TRY(remove.bind(key).run());
    TRY(store_.let_go(keep_owner(key)));
  }
  pruned.entries = keys.size();
  if (unused_for.count() == 0) {
    TRY(database_.execute("DELETE FROM build_tree; DELETE FROM build_files"));
    pruned.bytes += tree_size(cache_mounts_directory(store_)).value_or(0);
    TRY(os::remove_tree(cache_mounts_directory(store_)));
  }
  return pruned;
}

std::string cache_mounts_directory(const store::Store& store) { return store.root() + "/build-cache"; }

}  // namespace tare::build
