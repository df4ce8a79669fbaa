// What a process may do: capabilities and resource limits by name, made into numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/capability.h"
#include "runtime/plan/host_facts.h"
#include "runtime/plan/scheduling.h"

namespace tare::runtime {

struct ResourceLimit {
  int resource = 0;  // RLIMIT_…
  uint64_t soft = 0;
  uint64_t hard = 0;
  std::string name;
};

struct ProcessPlan {
  os::CapabilitySets capabilities;
  std::vector<ResourceLimit> limits;
  Scheduling scheduling;
  std::vector<std::string> not_granted;  // capabilities asked for: unknown to the kernel, or not ours to give
};

// Capabilities that the kernel does not know (newer engines name newer ones) or that we do not hold are left out, as
// the specification wants it, and named for a warning.
Result<ProcessPlan> plan_process(const oci::Process& process, const oci::LinuxSection& section, const HostFacts& facts);

}  // namespace tare::runtime
