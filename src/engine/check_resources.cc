// What no host could enforce, refused as Docker's daemon does, before anything is made.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "engine/container_options.h"
#include "os/file.h"

namespace tare::engine {
namespace {

constexpr int64_t kMinimumMemory = int64_t{6} << 20;  // Docker's: less than this cannot hold a runtime's start

Error invalid(std::string_view text, std::string_view hint = {}) {
  return Error(ErrorKind::kInvalidArgument, std::string(text)).with_hint(hint);
}

Result<void> check_memory(const Resources& resources) {
  if (resources.memory_swappiness && *resources.memory_swappiness > 100) {
    return invalid(
        formatted("invalid value {}: the memory swappiness lies between 0 and 100", *resources.memory_swappiness));
  }
  if (resources.memory_reservation && *resources.memory_reservation > 0 &&
      *resources.memory_reservation < kMinimumMemory) {
    return invalid("memory reservation is below the minimum of 6m", "give at least --memory-reservation 6m");
  }
  if (!resources.memory) {
    if (resources.memory_swap && *resources.memory_swap > 0) {
      return invalid("--memory-swap needs --memory: it is the sum of both", "add --memory, or drop --memory-swap");
    }
    return {};
  }
  if (*resources.memory < kMinimumMemory) {
    return invalid(formatted("memory limit {} is below the minimum of 6m",
                             format_binary_size(static_cast<unsigned long long>(*resources.memory))),
                   "give at least --memory 6m");
  }
  if (resources.memory_swap && *resources.memory_swap >= 0 && *resources.memory_swap < *resources.memory) {
    return invalid("--memory-swap is smaller than --memory: it is the sum of memory and swap",
                   "make it at least as large as --memory, or -1 for unlimited swap");
  }
  if (resources.memory_reservation && *resources.memory_reservation > *resources.memory) {
    return invalid("--memory-reservation is larger than --memory");
  }
  return {};
}

// "0-3,7": the processors as bits, or nothing when that is no such list.
std::optional<std::set<unsigned>> parse_cpuset(std::string_view text) {
  std::set<unsigned> numbers;
  for (const auto& part : split(text, ',')) {
    const auto range = cut(part, '-');
    const auto first = parse_unsigned(range ? range->first : std::string_view(part));
    const auto last = range ? parse_unsigned(range->second) : first;
    if (!first || !last || *first > *last || *last >= 65536) return std::nullopt;
    for (auto number = *first; number <= *last; ++number) numbers.insert(static_cast<unsigned>(number));
  }
  return numbers;
}

// As Docker, before anything is made: the kernel's own answer would name a file of its own and no option.
Result<void> check_cpuset(std::string_view option, const std::string& wanted, const std::string& online_file) {
  if (wanted.empty()) return {};
  const auto numbers = parse_cpuset(wanted);
  if (!numbers)
    return invalid(formatted("invalid argument \"{}\" for {}: expected numbers such as 0-3,7", wanted, option));
  const auto online_text = os::read_file(online_file);
  if (!online_text.ok()) return {};  // the kernel decides
  const auto online_list = std::string(trim(*online_text));
  const auto online = parse_cpuset(online_list);
  if (!online || std::includes(online->begin(), online->end(), numbers->begin(), numbers->end())) return {};
  return invalid(formatted("Requested {} are not available - requested {}, available: {}",
                           option == "--cpuset-cpus" ? "CPUs" : "memory nodes", wanted, online_list),
                 formatted("choose among {} for {}", online_list, option));
}

Result<void> check_realtime(const Resources& resources) {
  const auto runtime = resources.cpu_realtime_runtime.value_or(0);
  if (runtime > 0 && resources.cpu_realtime_period && static_cast<uint64_t>(runtime) > *resources.cpu_realtime_period) {
    return invalid("--cpu-rt-runtime cannot be higher than --cpu-rt-period: it is the time in each period");
  }
  return {};
}

Result<void> check_cpu(const Resources& resources) {
  if (resources.nano_cpus && (resources.cpu_quota || resources.cpu_period)) {
    return invalid("--cpus conflicts with --cpu-quota and --cpu-period: it sets both");
  }
  if (resources.nano_cpus && *resources.nano_cpus < 10'000'000) {
    return invalid("--cpus is below 0.01, the least that the kernel schedules");
  }
  if (resources.cpu_period && (*resources.cpu_period < 1000 || *resources.cpu_period > 1'000'000)) {
    return invalid("--cpu-period must lie between 1000 and 1000000 microseconds");
  }
  if (resources.cpu_quota && *resources.cpu_quota != -1 && *resources.cpu_quota < 1000) {
    return invalid("--cpu-quota must be at least 1000 microseconds, or -1");
  }
  if (resources.cpu_shares && *resources.cpu_shares > 262'144) {
    return invalid("--cpu-shares must lie between 2 and 262144");
  }
  TRY(check_realtime(resources));
  TRY(check_cpuset("--cpuset-mems", resources.cpuset_mems, "/sys/devices/system/node/online"));
  return check_cpuset("--cpuset-cpus", resources.cpuset_cpus, "/sys/devices/system/cpu/online");
}

bool is_ulimit(std::string_view name) {
  constexpr std::array kNames = {"as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
                                 "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Result<void> check_process_limits(const Resources& resources) {
  for (const auto& limit : resources.ulimits) {
    if (!is_ulimit(limit.name))
      return invalid(formatted("--ulimit {}: there is no such limit", limit.name),
                     "nofile, nproc, core, memlock and others are");
  }
  if (resources.oom_score_adj && (*resources.oom_score_adj < -1000 || *resources.oom_score_adj > 1000)) {
    return invalid(formatted("--oom-score-adj {} must lie between -1000 and 1000", *resources.oom_score_adj));
  }
  return {};
}

Result<void> check_weight(std::string_view option, uint64_t weight) {
  if (weight >= 10 && weight <= 1000) return {};
  return invalid(formatted("{} {}: the range of weights is from 10 to 1000", option, weight));
}

}  // namespace

Result<void> check_resources(const Resources& resources) {
  TRY(check_memory(resources));
  TRY(check_cpu(resources));
  if (resources.block_weight) TRY(check_weight("--blkio-weight", *resources.block_weight));
  for (const auto& device : resources.block_weight_devices) {
    TRY(check_weight("--blkio-weight-device " + device.path, device.value));
  }
  return check_process_limits(resources);
}

}  // namespace tare::engine
