// The claims of one process (one Store object) on blobs and layers that no image reaches yet. They are rows of
// lease_item; they count while the flock on ROOT/leases/ID is held, so those of a killed process end with it.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "os/file.h"
#include "store/database.h"

namespace tare::store {

class Session {
 public:
  explicit Session(std::string root) : root_(std::move(root)) {}
  ~Session();

  Result<void> claim(Database& database, const std::string& digest);
  // The image `manifest` reaches its parts now: claims on them are dropped, unless somebody holds a Lease.
  Result<void> release_parts(Database& database, const std::string& manifest);
  void add_holder();
  void remove_holder();
  bool held();
  Result<void> start(Database& database);
  // Drops all claims. Best effort: what stays is dropped by the next collection.
  void end(Database& database);

 private:
  Result<void> start_locked(Database& database);

  const std::string root_;
  std::mutex mutex_;  // guards what follows
  std::string id_;    // empty: nothing was claimed yet
  std::optional<os::FileLock> lock_;
  std::set<std::string> claimed_;
  int holders_ = 0;
};

// Drops the claims of processes that are gone. Part of a garbage collection's transaction.
Result<void> drop_dead_leases(Database& database, const std::string& root);

}  // namespace tare::store
