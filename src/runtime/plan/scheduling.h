// How a process is scheduled and where its memory comes from, by the specification's names, made into numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/scheduling.h"

namespace tare::runtime {

struct Scheduling {
  std::optional<os::SchedulerAttributes> scheduler;
  std::optional<int> io_priority;  // IOPRIO_PRIO_VALUE(class, priority)
  std::vector<unsigned> initial_cpus;
  std::vector<unsigned> final_cpus;
  std::optional<os::MemoryPolicy> memory_policy;
  std::optional<unsigned long> personality;  // PER_…
};

Result<Scheduling> plan_scheduling(const oci::Process& process, const oci::LinuxSection& section);

// "0-3,7" → 0, 1, 2, 3, 7. `name` is the property, for messages.
Result<std::vector<unsigned>> parse_number_list(const std::string& text, const std::string& name);

}  // namespace tare::runtime
