// How the kernel schedules the calling process and where it gives it memory: policy, I/O priority, processors, NUMA
// nodes, and the personality. Each call is one system call that glibc has no (or no whole) wrapper for.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace tare::os {

struct SchedulerAttributes {
  uint32_t policy = 0;  // SCHED_…
  uint64_t flags = 0;   // SCHED_FLAG_…
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // nanoseconds
  uint64_t deadline = 0;
  uint64_t period = 0;
};
Result<void> set_scheduler(const SchedulerAttributes& attributes);

// `value` is IOPRIO_PRIO_VALUE(class, priority); for all processes of the caller's process group.
Result<void> set_io_priority(int value);

Result<std::vector<unsigned>> cpu_affinity();
Result<void> set_cpu_affinity(const std::vector<unsigned>& cpus);
// All processors that the cgroup allows, whatever the caller was bound to. Where that is not permitted, nothing
// changes.
void forget_cpu_affinity();

struct MemoryPolicy {
  int mode = 0;  // MPOL_… with MPOL_F_… flags
  std::vector<unsigned> nodes;
};
Result<void> set_memory_policy(const MemoryPolicy& policy);

Result<void> set_personality(unsigned long domain);

}  // namespace tare::os
