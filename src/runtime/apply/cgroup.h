// The container's control group: made, limited, and what it takes to be born in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"
#include "runtime/plan/cgroup_writes.h"
#include "runtime/plan/host_facts.h"

namespace tare::runtime {

Result<void> apply_cgroup_writes(const std::vector<CgroupWrite>& writes, const os::Cgroup& cgroup);
// On pure v2; nothing elsewhere, and nothing in a user namespace, where nodes keep the host's permissions.
Result<void> apply_device_program(const oci::Resources& resources, const HostFacts& facts, const os::Cgroup& cgroup);

// Version 2: the group's directory and those files that the kernel says may be delegated belong to `owner` then.
Result<void> delegate_cgroup(const os::Cgroup& cgroup, uint32_t owner);

}  // namespace tare::runtime
