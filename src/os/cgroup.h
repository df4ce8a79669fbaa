// Control groups through their files (no systemd): where the hierarchies are, one container's group in them, its
// figures, and the few verbs. Version 1 (one hierarchy per controller), the hybrid of both, and pure version 2.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

enum class CgroupVersion { kV1, kV2 };

struct CgroupHierarchy {
  std::string mount_point;               // "/sys/fs/cgroup/memory"
  std::vector<std::string> controllers;  // "memory", "name=systemd"; of v2: what its root offers
  CgroupVersion version = CgroupVersion::kV1;
};

// What this host has. kV2: one hierarchy with everything. kV1: many, of which one may be an (idle) v2 one.
struct CgroupLayout {
  CgroupVersion version = CgroupVersion::kV2;
  std::vector<CgroupHierarchy> hierarchies;
  // The hierarchy that has a controller; nullptr when this host has it nowhere.
  const CgroupHierarchy* find(const std::string& controller) const;
};
Result<CgroupLayout> read_cgroup_layout();
// The layout of a mountinfo text; v2 controllers are left empty.
CgroupLayout parse_cgroup_mounts(const std::string& mountinfo);

struct CgroupStatistics {
  uint64_t memory_usage = 0;  // bytes, without inactive file cache, as Docker counts
  uint64_t memory_limit = 0;  // bytes; 0: none
  uint64_t memory_peak = 0;   // bytes; 0: the kernel does not tell
  uint64_t cpu_usage_nanoseconds = 0;
  uint64_t cpu_throttled_nanoseconds = 0;
  uint64_t processes = 0;
  uint64_t processes_limit = 0;  // 0: none
  uint64_t oom_kills = 0;
  uint64_t block_read_bytes = 0;
  uint64_t block_write_bytes = 0;
};

// One group: the same relative path ("/tare/ID") in every hierarchy. A value; it owns nothing in the kernel.
class Cgroup {
 public:
  Cgroup() = default;
  Cgroup(CgroupLayout layout, std::string path);
  // The group `path` on this host, whether it exists or not.
  static Result<Cgroup> find(std::string path);
  // The group that a process is in now, of the v2 hierarchy; kNotFound without one.
  static Result<Cgroup> find_of(pid_t pid);

  const std::string& path() const { return path_; }
  const CgroupLayout& layout() const { return layout_; }
  bool empty() const { return path_.empty(); }
  bool exists() const;
  // Groups below this one: `paths` are "/sub" by controller, or one for all of them by "". What it does not name stays.
  // kInvalidArgument for a controller that this host does not have.
  Result<Cgroup> descend(const std::map<std::string, std::string>& paths) const;
  // Its directory in the hierarchy of a controller; nothing when the host lacks the controller.
  std::optional<std::string> directory(const std::string& controller) const;
  std::vector<std::string> directories() const;

  // Makes the directories (parents too) and, on v2, hands the controllers down to it. Existing ones are fine.
  Result<void> create() const;
  // The files to enter it by, opened now, because a child in its own user namespace could not open them: the `tasks`
  // of v1, which do not wait for the grace period that cgroup.procs waits for (6 ms).
  Result<std::vector<UniqueFd>> open_entrances() const;
  // The directory of a v2 hierarchy (idle or not) to be born in (CloneOptions::cgroup); nothing without v2.
  Result<std::optional<UniqueFd>> open_birthplace() const;
  // Moves the calling process, which must have one thread, through open_entrances().
  static Result<void> enter(const std::vector<UniqueFd>& entrances);
  Result<void> freeze() const;  // returns when it is frozen
  Result<void> thaw() const;
  bool is_frozen() const;
  Result<std::vector<pid_t>> processes() const;  // all below it too
  Result<void> signal_all(int signal) const;     // every process in it
  // Removes it with all groups below it. Waits (bounded) for processes that are still dying; absent is fine.
  Result<void> remove() const;

  Result<CgroupStatistics> statistics() const;  // what a missing controller would tell stays 0
  Result<uint64_t> oom_kills() const;           // cheap: one file

 private:
  std::string directory_in(const CgroupHierarchy& hierarchy) const;

  CgroupLayout layout_;
  std::string path_;
  std::map<std::string, std::string> below_;  // by mount point: what descend() added to the path there
};

}  // namespace tare::os
