#include "runtime/plan/scope_properties.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/plan/cgroup_writes.h"

namespace tare::runtime {
namespace {

constexpr uint64_t kDefaultPeriod = 100'000;  // microseconds
constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kQuotaStep = 10'000;  // microseconds per second: systemd keeps whole percents

class Properties {
 public:
  void add(const char* name, const std::string& value) { texts_.push_back(formatted("{}={}", name, value)); }
  void add(const char* name, int64_t value) { add(name, value < 0 ? "infinity" : std::to_string(value)); }
  std::vector<std::string> take() && { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

void plan_memory(const oci::MemoryLimits& memory, Properties& properties) {
  if (memory.limit.value_or(0) != 0) properties.add("MemoryMax", *memory.limit);
  if (memory.reservation.value_or(0) != 0) properties.add("MemoryLow", *memory.reservation);
  // Version 2 counts swap alone. One below the limit is refused where the files are planned.
  const int64_t swap = memory.swap.value_or(0);
  if (swap < 0) properties.add("MemorySwapMax", swap);
  if (swap > 0 && memory.limit.value_or(0) > 0)
    properties.add("MemorySwapMax", std::max<int64_t>(swap - *memory.limit, 0));
}

// Rounded up to what systemd can keep: rounded down, its next write to the file would take from the container.
void plan_quota(const oci::CpuLimits& cpu, Properties& properties) {
  const uint64_t period = cpu.period.value_or(0) == 0 ? kDefaultPeriod : *cpu.period;
  if (cpu.period.value_or(0) != 0) properties.add("CPUQuotaPeriodUSec", std::to_string(period));
  if (cpu.quota.value_or(0) < 0) properties.add("CPUQuotaPerSecUSec", "infinity");
  if (cpu.quota.value_or(0) <= 0) return;
  const uint64_t per_second = static_cast<uint64_t>(*cpu.quota) * kSecond / period;
  properties.add("CPUQuotaPerSecUSec", std::to_string((per_second + kQuotaStep - 1) / kQuotaStep * kQuotaStep));
}

void plan_cpu(const oci::CpuLimits& cpu, Properties& properties) {
  if (cpu.shares.value_or(0) != 0 && cpu.idle.value_or(0) == 0) {
    properties.add("CPUWeight", std::to_string(cpu_weight_of_shares(*cpu.shares)));
  }
  plan_quota(cpu, properties);
  if (!cpu.cpus.empty()) properties.add("AllowedCPUs", cpu.cpus);
  if (!cpu.mems.empty()) properties.add("AllowedMemoryNodes", cpu.mems);
}

// A file of version 2 whose content is one number, or "max", has a property of the same meaning.
void plan_unified(const std::map<std::string, std::string>& unified, Properties& properties) {
  static const std::map<std::string, const char*> kNames = {
      {"memory.max", "MemoryMax"}, {"memory.high", "MemoryHigh"},        {"memory.low", "MemoryLow"},
      {"memory.min", "MemoryMin"}, {"memory.swap.max", "MemorySwapMax"}, {"pids.max", "TasksMax"},
      {"cpu.weight", "CPUWeight"}, {"cpuset.cpus", "AllowedCPUs"},       {"cpuset.mems", "AllowedMemoryNodes"},
  };
  for (const auto& [file, content] : unified) {
    const auto known = kNames.find(file);
    if (known == kNames.end()) continue;
    const std::string value(trim(content));
    properties.add(known->second, value == "max" ? "infinity" : value);
  }
}

}  // namespace

std::vector<std::string> plan_scope_properties(const oci::Resources& resources) {
  Properties properties;
  plan_memory(resources.memory, properties);
  plan_cpu(resources.cpu, properties);
  // 0 is written as 1 to the file (cgroup_writes.cc).
  if (const auto& limit = resources.pids_limit) properties.add("TasksMax", *limit == 0 ? 1 : *limit);
  plan_unified(resources.unified, properties);
  return std::move(properties).take();
}

Result<ScopeName> parse_scope_name(const std::string& cgroups_path, const std::string& id,
                                   const std::string& default_slice) {
  auto parts = cgroups_path.empty() ? std::vector<std::string>{"", "tare", id} : split(cgroups_path, ':');
  const auto malformed = [&](const std::string& what) {
    return Failure(ErrorKind::kInvalidArgument, "linux.cgroupsPath {}: {}", cgroups_path, what)
        .with_hint("with --systemd-cgroup it is \"slice:prefix:name\", such as machine.slice:tare:web");
  };
  if (parts.size() != 3) return malformed("not of the form slice:prefix:name");
  if (cgroups_path.find('/') != std::string::npos) return malformed("a unit's name has no slash");
  if (parts[2].empty()) return malformed("the name is empty");
  if (parts[2].ends_with(".slice")) return malformed("the container's own unit has to be a scope, not a slice");
  std::string slice = parts[0].empty() ? default_slice : parts[0];
  if (!slice.ends_with(".slice")) return malformed(formatted("{} is no slice: its name has to end in .slice", slice));
  const std::string prefix = parts[1].empty() ? "" : parts[1] + "-";
  return ScopeName{std::move(slice), formatted("{}{}.scope", prefix, parts[2])};
}

}  // namespace tare::runtime
