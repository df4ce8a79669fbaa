// What a process may do: capabilities and resource limits by name, made into numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/capability.h"

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
};

// Capabilities that the kernel does not know are left out, as runc does: newer engines name newer ones.
Result<ProcessPlan> plan_process(const oci::Process& process);

}  // namespace tare::runtime
