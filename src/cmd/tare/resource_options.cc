#include "cmd/tare/resource_options.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "cmd/tare/option_values.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;

Result<void> read_cpus(const std::string& text, std::optional<int64_t>& nano_cpus) {
  if (text.empty()) return {};
  char* end = nullptr;
  const double cpus = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !(cpus >= 0) || cpus > 1e6)
    return bad_option("--cpus", text, "expected a number such as 0.5 or 2");
  const auto available = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (cpus > static_cast<double>(available)) {
    return Failure(ErrorKind::kInvalidArgument,
                   "range of CPUs is from 0.01 to {0}.00, as there are only {0} CPUs available: --cpus {1}", available,
                   text);
  }
  nano_cpus = std::llround(cpus * 1e9);
  return {};
}

// "nofile=1024:2048", "nproc=64".
Result<engine::Resources::Ulimit> parse_ulimit(const std::string& text) {
  const auto parts = cut(text, '=');
  if (!parts) return bad_option("--ulimit", text, "expected NAME=SOFT[:HARD]");
  const auto limits = split(parts->second, ':');
  const auto read = [](const std::string& word) -> std::optional<unsigned long long> {
    return word == "-1" ? ~0ULL : parse_unsigned(word);
  };
  const auto soft = read(limits.front());
  const auto hard = read(limits.back());
  if (!soft || !hard || limits.size() > 2) return bad_option("--ulimit", text, "limits are whole numbers or -1");
  if (*soft > *hard) return bad_option("--ulimit", text, "the soft limit is above the hard one");
  return engine::Resources::Ulimit{std::string(parts->first), *soft, *hard};
}

template <typename Number>
void drop_zero(std::optional<Number>& number) {
  if (number && *number == 0) number.reset();
}

Result<void> read_cpu(const LimitWords& words, engine::Resources& resources) {
  TRY(read_cpus(words.cpus, resources.nano_cpus));
  TRY(read_number("--cpu-shares", words.cpu_shares, resources.cpu_shares));
  TRY(read_number("--cpu-quota", words.cpu_quota, resources.cpu_quota));
  TRY(read_number("--cpu-period", words.cpu_period, resources.cpu_period));
  TRY(read_number("--cpu-rt-period", words.cpu_realtime_period, resources.cpu_realtime_period));
  TRY(read_number("--cpu-rt-runtime", words.cpu_realtime_runtime, resources.cpu_realtime_runtime));
  drop_zero(resources.nano_cpus);
  drop_zero(resources.cpu_shares);
  drop_zero(resources.cpu_quota);
  drop_zero(resources.cpu_period);
  drop_zero(resources.cpu_realtime_period);
  drop_zero(resources.cpu_realtime_runtime);
  return {};
}

Result<void> read_memory(const LimitWords& words, engine::Resources& resources) {
  TRY(read_size("--memory", words.memory, resources.memory));
  // "-1" is unlimited swap; memory itself has no such word in Docker.
  if (words.memory_swap == "-1")
    resources.memory_swap = -1;
  else
    TRY(read_size("--memory-swap", words.memory_swap, resources.memory_swap));
  TRY(read_size("--memory-reservation", words.memory_reservation, resources.memory_reservation));
  drop_zero(resources.memory);
  drop_zero(resources.memory_swap);
  drop_zero(resources.memory_reservation);
  return {};
}

}  // namespace

void declare_limits(Arguments& arguments, LimitWords& words, engine::Resources& resources) {
  arguments.text("--cpus", words.cpus, "Number of CPUs");
  arguments.text("-c,--cpu-shares", words.cpu_shares, "Relative weight of CPU time");
  arguments.text("--cpu-quota", words.cpu_quota, "CPU time per period (µs)");
  arguments.text("--cpu-period", words.cpu_period, "Period of the CPU quota (µs)");
  arguments.text("--cpu-rt-period", words.cpu_realtime_period, "Period of real-time scheduling (µs)");
  arguments.text("--cpu-rt-runtime", words.cpu_realtime_runtime, "Real-time CPU time per period (µs)");
  arguments.text("--cpuset-cpus", resources.cpuset_cpus, "CPUs to run on (0-3, 0,1)");
  arguments.text("--cpuset-mems", resources.cpuset_mems, "Memory nodes to use");
  arguments.text("-m,--memory", words.memory, "Memory limit");
  arguments.text("--memory-swap", words.memory_swap, "Limit of memory and swap together; -1: unlimited swap");
  arguments.text("--memory-reservation", words.memory_reservation, "Soft memory limit");
  arguments.text("--pids-limit", words.pids_limit, "Limit of processes; -1: unlimited");
  arguments.text("--blkio-weight", words.block_weight, "Relative weight of block I/O (10 to 1000)");
  arguments.refused("--kernel-memory", "has no effect on today's kernels, which count it towards --memory: use that");
}

Result<void> read_limits(const LimitWords& words, engine::Resources& resources) {
  TRY(read_cpu(words, resources));
  TRY(read_memory(words, resources));
  TRY(read_number("--pids-limit", words.pids_limit, resources.pids_limit));
  TRY(read_number("--blkio-weight", words.block_weight, resources.block_weight));
  drop_zero(resources.block_weight);
  return {};
}

void declare_resources(Arguments& arguments, ResourceWords& words, ContainerOptions& options) {
  declare_limits(arguments, words.limits, options.resources);
  arguments.text("--memory-swappiness", words.memory_swappiness, "How readily memory is swapped out (0 to 100)");
  arguments.flag("--oom-kill-disable", options.resources.oom_kill_disable,
                 "Stop instead of killing when out of memory");
  arguments.text("--oom-score-adj", words.oom_score_adj, "Preference of the host's OOM killer (-1000 to 1000)");
  arguments.list("--ulimit", words.ulimits, "Resource limits: NAME=SOFT[:HARD]");
  arguments.text("--shm-size", words.shm_size, "Size of /dev/shm");
  arguments.text("--cgroup-parent", options.cgroup_parent, "Parent control group");
  arguments.text("--cgroupns", options.cgroup_mode, "Control group namespace: private or host");
  for (const auto* name : {"--cpu-count", "--cpu-percent", "--io-maxbandwidth", "--io-maxiops"}) {
    arguments.refused(name, "is an option of Windows");
  }
}

Result<void> read_resources(const ResourceWords& words, ContainerOptions& options) {
  auto& resources = options.resources;
  TRY(read_limits(words.limits, resources));
  // Docker's word for "as the kernel does".
  if (words.memory_swappiness != "-1") {
    TRY(read_number("--memory-swappiness", words.memory_swappiness, resources.memory_swappiness));
  }
  TRY(read_number("--oom-score-adj", words.oom_score_adj, resources.oom_score_adj));
  std::optional<int64_t> shm_size;
  TRY(read_size("--shm-size", words.shm_size, shm_size));
  if (shm_size && *shm_size > 0) resources.shm_size = static_cast<uint64_t>(*shm_size);
  for (const auto& text : words.ulimits) resources.ulimits.push_back(TRY(parse_ulimit(text)));
  return {};
}

}  // namespace tare::cmd
