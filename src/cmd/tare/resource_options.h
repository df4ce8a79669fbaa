// Limits of CPU, memory and processes, for `run`, `create` and `update`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct ResourceWords {
  std::string cpus, cpu_shares, cpu_quota, cpu_period, memory, memory_swap, memory_reservation, pids_limit, shm_size;
  std::string oom_score_adj;
  std::vector<std::string> ulimits;
};

void declare_resources(Arguments& arguments, ResourceWords& words, engine::ContainerOptions& options);
Result<void> read_resources(const ResourceWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
