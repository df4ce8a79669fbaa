// One worker per arriving thing: an flock on ROOT/ingest/NAME.lock. Whoever waited finds the thing done.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "os/file.h"

namespace tare::store {

class IngestLock {
 public:
  // Blocks. `path` is without ".lock".
  static Result<IngestLock> acquire(const std::string& path);
  // Nothing when somebody else holds it.
  static Result<std::optional<IngestLock>> try_acquire(const std::string& path);
  IngestLock(IngestLock&&) noexcept;
  ~IngestLock();  // removes the file, too

 private:
  IngestLock(std::string path, os::FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;  // empty: moved from
  os::FileLock lock_;
};

}  // namespace tare::store
