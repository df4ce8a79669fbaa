// What earlier builds found out, in the store's database: which layer a step made (by the step's key), and what the
// bytes of files were (so that an unchanged context costs one stat per file). Losing it costs time, never correctness.
// May be used by many threads.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/build.h"
#include "store/database.h"
#include "store/store.h"

namespace tare::build {

struct CachedLayer {
  std::string media_type;
  oci::Digest digest;
  uint64_t size = 0;
  oci::Digest diff_id;
};

class BuildCache {
 public:
  static Result<std::unique_ptr<BuildCache>> open(store::Store& store);

  // Nothing when the step never ran, or when its layer is no longer in the store.
  Result<std::optional<CachedLayer>> find_layer(const std::string& key);
  // The layer is kept from garbage collection until the entry is pruned.
  Result<void> remember_layer(const std::string& key, const CachedLayer& layer);

  // Content digests of trees by the signature of their files' inodes, sizes and times.
  Result<std::optional<std::string>> find_tree(const std::string& signature);
  Result<void> remember_tree(const std::string& signature, const std::string& digest);

  // Content digests of single files, by a text of inode, size and times; one set per context.
  using FileDigests = std::map<std::string, std::string>;
  Result<FileDigests> read_file_digests(const std::string& context);
  Result<void> write_file_digests(const std::string& context, const FileDigests& digests);

  // Notes when the entries that this build found were used; called once, at its end.
  Result<void> note_uses();

  Result<CacheUsage> usage();
  Result<CacheUsage> prune(std::chrono::seconds unused_for);

 private:
  BuildCache(store::Store& store, store::Database database) : store_(store), database_(std::move(database)) {}
  store::Store& store_;
  std::mutex mutex_;  // guards what follows
  store::Database database_;
  std::set<std::string> used_;  // keys and signatures
};

// Directories of RUN --mount=type=cache live here, one per id.
std::string cache_mounts_directory(const store::Store& store);

}  // namespace tare::build
