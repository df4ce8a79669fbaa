// Writing into a step's file system so that only what the instruction says changes: folders that are passed through
// keep their times, new ones get times that do not depend on the clock.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::build {

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

// Times of an image's files: none is later than `latest` (SOURCE_DATE_EPOCH), and what has no time of its own gets it
// (or 1970).
struct TimeRule {
  std::optional<int64_t> latest;  // seconds since 1970
  timespec without_source() const { return {latest.value_or(0), 0}; }
  timespec limit(int64_t nanoseconds) const;
};

// Remembers folders' times before they are written into, and sets them in the end. Borrows the root that the paths
// are below.
class KeptTimes {
 public:
  explicit KeptTimes(BorrowedFd root) : root_(root) {}
  // Keeps the time that the folder has now, unless one is noted already.
  Result<void> keep(const std::string& path, BorrowedFd folder);
  void set(const std::string& path, timespec modified) { times_[path] = modified; }
  Result<void> restore() const;

 private:
  BorrowedFd root_;
  std::map<std::string, timespec> times_;
};

// The folder `path` (absolute, symlinks resolved inside `root`), made with its parents where it is missing: mode 0755,
// `owner`, and the rule's time. Its time, and its parents', are kept.
Result<UniqueFd> open_or_make_folder(BorrowedFd root, const std::string& path, Owner owner, TimeRule times,
                                     KeptTimes& kept);

}  // namespace tare::build
