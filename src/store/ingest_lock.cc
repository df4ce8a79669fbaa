#include "store/ingest_lock.h"

#include <sys/stat.h>
#include <unistd.h>

namespace tare::store {
namespace {

// The holder before us removed its lock file: then our lock is on a file that nobody else will find.
bool is_current(const os::FileLock& lock, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(lock.fd().get(), &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace

Result<IngestLock> IngestLock::acquire(const std::string& path) {
  const std::string file = path + ".lock";
  for (;;) {
    auto lock = TRY(os::FileLock::acquire(file, os::FileLock::Mode::kExclusive));
    if (is_current(lock, file)) return IngestLock(file, std::move(lock));
  }
}

Result<std::optional<IngestLock>> IngestLock::try_acquire(const std::string& path) {
  const std::string file = path + ".lock";
  auto lock = TRY(os::FileLock::try_acquire(file, os::FileLock::Mode::kExclusive));
  if (!lock || !is_current(*lock, file)) return std::optional<IngestLock>();
  return std::optional(IngestLock(file, std::move(*lock)));
}

IngestLock::IngestLock(IngestLock&& other) noexcept
    : path_(std::exchange(other.path_, "")), lock_(std::move(other.lock_)) {}

IngestLock::~IngestLock() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace tare::store
