// Resource limits as writes to cgroup files, for version 1 and 2. The order is the order of writing.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/host_facts.h"

namespace tare::runtime {

struct CgroupWrite {
  std::string controller;
  std::string file;
  std::string content;
  std::string limit;     // what the user calls it, for messages: "memory.limit"
  std::string fallback;  // the file under the name that other kernels give it; empty: there is none
};

// A limit whose controller this host lacks is refused, by name.
Result<std::vector<CgroupWrite>> plan_cgroup_writes(const oci::Resources& resources, const HostFacts& facts);
// Which devices may be used, on v1; on v2 it is a program (device_program.h).
Result<std::vector<CgroupWrite>> plan_device_writes(const oci::Resources& resources, const HostFacts& facts);

// Docker's cpu-shares (2…262144) as cpu.weight (1…10000), and blkio.weight (10…1000) as io.weight.
uint64_t cpu_weight_of_shares(uint64_t shares);
uint64_t io_weight_of_blkio(uint64_t weight);

}  // namespace tare::runtime
