// Limits of CPU, memory, processes and block devices' weight: those that `update` changes too, and the rest.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

// What `run`, `create` and `update` take.
struct LimitWords {
  std::string cpus, cpu_shares, cpu_quota, cpu_period, cpu_realtime_period, cpu_realtime_runtime;
  std::string memory, memory_swap, memory_reservation, pids_limit, block_weight;
};

void declare_limits(Arguments& arguments, LimitWords& words, engine::Resources& resources);
// As Docker: 0 is no limit, and nothing to `update`, except of --pids-limit.
Result<void> read_limits(const LimitWords& words, engine::Resources& resources);

// What is settled when a container is made.
struct ResourceWords {
  LimitWords limits;
  std::string memory_swappiness, oom_score_adj, shm_size;
  std::vector<std::string> ulimits;
};

void declare_resources(Arguments& arguments, ResourceWords& words, engine::ContainerOptions& options);
Result<void> read_resources(const ResourceWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
