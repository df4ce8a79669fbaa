#include "runtime/plan/cgroup_writes.h"

#include <algorithm>

#include "runtime/plan/device_nodes.h"

namespace tare::runtime {
namespace {

using os::CgroupVersion;

// Collects writes; remembers the first limit that this host cannot enforce.
class Writer {
 public:
  explicit Writer(const HostFacts& facts) : facts_(facts) {}

  bool is_v2(const std::string& controller) const {
    const auto* hierarchy = facts_.cgroups.find(controller);
    return hierarchy != nullptr ? hierarchy->version == CgroupVersion::kV2
                                : facts_.cgroups.version == CgroupVersion::kV2;
  }

  void write(const std::string& controller, const std::string& file, std::string content, const std::string& limit,
             const std::string& fallback = {}) {
    if (facts_.cgroups.find(controller) == nullptr) {
      missing(limit, formatted("this host has no {} cgroup controller", controller));
    }
    writes_.push_back({controller, file, std::move(content), limit, fallback});
  }

  void missing(const std::string& limit, const std::string& reason) {
    if (refusal_.empty()) refusal_ = formatted("{} cannot be enforced: {}", limit, reason);
  }

  Result<std::vector<CgroupWrite>> finish() && {
    if (!refusal_.empty()) return Failure(ErrorKind::kUnsupported, "{}", refusal_);
    return std::move(writes_);
  }

 private:
  const HostFacts& facts_;
  std::vector<CgroupWrite> writes_;
  std::string refusal_;
};

std::string or_max(int64_t value) { return value < 0 ? "max" : std::to_string(value); }

void plan_memory_v1(const oci::MemoryLimits& memory, Writer& writer) {
  if (memory.limit) writer.write("memory", "memory.limit_in_bytes", std::to_string(*memory.limit), "memory.limit");
  if (memory.swap) writer.write("memory", "memory.memsw.limit_in_bytes", std::to_string(*memory.swap), "memory.swap");
  if (memory.reservation) {
    writer.write("memory", "memory.soft_limit_in_bytes", std::to_string(*memory.reservation), "memory.reservation");
  }
  if (memory.kernel_tcp) {
    writer.write("memory", "memory.kmem.tcp.limit_in_bytes", std::to_string(*memory.kernel_tcp), "memory.kernelTCP");
  }
  if (memory.swappiness) {
    writer.write("memory", "memory.swappiness", std::to_string(*memory.swappiness), "memory.swappiness");
  }
  if (memory.disable_oom_killer.value_or(false)) {
    writer.write("memory", "memory.oom_control", "1", "memory.disableOOMKiller");
  }
}

// v2 counts swap alone, the specification counts memory and swap together.
void plan_swap_v2(const oci::MemoryLimits& memory, Writer& writer) {
  if (!memory.swap || *memory.swap == 0) return;
  if (*memory.swap < 0) return writer.write("memory", "memory.swap.max", "max", "memory.swap");
  if (!memory.limit || *memory.limit <= 0 || *memory.swap < *memory.limit) {
    return writer.missing("memory.swap", "it must be at least memory.limit, which must be set");
  }
  writer.write("memory", "memory.swap.max", std::to_string(*memory.swap - *memory.limit), "memory.swap");
}

void plan_memory_v2(const oci::MemoryLimits& memory, Writer& writer) {
  if (memory.limit && *memory.limit != 0) writer.write("memory", "memory.max", or_max(*memory.limit), "memory.limit");
  plan_swap_v2(memory, writer);
  if (memory.reservation && *memory.reservation != 0) {
    writer.write("memory", "memory.low", or_max(*memory.reservation), "memory.reservation");
  }
  const std::string reason = "cgroup v2 has nothing like it";
  if (memory.kernel_tcp.value_or(0) > 0) writer.missing("memory.kernelTCP", reason);
  if (memory.swappiness) writer.missing("memory.swappiness", reason);
  if (memory.disable_oom_killer.value_or(false)) writer.missing("memory.disableOOMKiller", reason);
}

void plan_cpu_v1(const oci::CpuLimits& cpu, Writer& writer) {
  if (cpu.shares.value_or(0) != 0) writer.write("cpu", "cpu.shares", std::to_string(*cpu.shares), "cpu.shares");
  if (cpu.period.value_or(0) != 0) {
    writer.write("cpu", "cpu.cfs_period_us", std::to_string(*cpu.period), "cpu.period");
  }
  if (cpu.quota.value_or(0) != 0) writer.write("cpu", "cpu.cfs_quota_us", std::to_string(*cpu.quota), "cpu.quota");
  if (cpu.burst) writer.write("cpu", "cpu.cfs_burst_us", std::to_string(*cpu.burst), "cpu.burst");
  if (cpu.realtime_period.value_or(0) != 0) {
    writer.write("cpu", "cpu.rt_period_us", std::to_string(*cpu.realtime_period), "cpu.realtimePeriod");
  }
  if (cpu.realtime_runtime.value_or(0) != 0) {
    writer.write("cpu", "cpu.rt_runtime_us", std::to_string(*cpu.realtime_runtime), "cpu.realtimeRuntime");
  }
  if (cpu.idle) writer.write("cpu", "cpu.idle", std::to_string(*cpu.idle), "cpu.idle");
}

void plan_cpu_v2(const oci::CpuLimits& cpu, Writer& writer) {
  if (cpu.idle) writer.write("cpu", "cpu.idle", std::to_string(*cpu.idle), "cpu.idle");
  if (cpu.shares.value_or(0) != 0 && cpu.idle.value_or(0) == 0) {
    writer.write("cpu", "cpu.weight", std::to_string(cpu_weight_of_shares(*cpu.shares)), "cpu.shares");
  }
  if (cpu.quota.value_or(0) != 0 || cpu.period.value_or(0) != 0) {
    const int64_t quota = cpu.quota.value_or(-1) == 0 ? -1 : cpu.quota.value_or(-1);
    const uint64_t period = cpu.period.value_or(0) == 0 ? 100000 : *cpu.period;
    writer.write("cpu", "cpu.max", formatted("{} {}", or_max(quota), period), "cpu.quota");
  }
  if (cpu.burst) writer.write("cpu", "cpu.max.burst", std::to_string(*cpu.burst), "cpu.burst");
  const std::string reason = "cgroup v2 has nothing like it";
  if (cpu.realtime_period.value_or(0) != 0) writer.missing("cpu.realtimePeriod", reason);
  if (cpu.realtime_runtime.value_or(0) != 0) writer.missing("cpu.realtimeRuntime", reason);
}

void plan_cpuset(const oci::CpuLimits& cpu, Writer& writer) {
  if (!cpu.cpus.empty()) writer.write("cpuset", "cpuset.cpus", cpu.cpus, "cpu.cpus");
  if (!cpu.mems.empty()) writer.write("cpuset", "cpuset.mems", cpu.mems, "cpu.mems");
}

std::string number_of(const oci::ThrottleDevice& device) { return formatted("{}:{}", device.major, device.minor); }

struct Throttle {
  const std::vector<oci::ThrottleDevice>& devices;
  const char* v1_file;
  const char* v2_key;
  const char* limit;
};

void plan_throttle(const Throttle& throttle, bool v2, Writer& writer) {
  for (const auto& device : throttle.devices) {
    if (v2) {
      writer.write("io", "io.max", formatted("{} {}={}", number_of(device), throttle.v2_key, device.rate),
                   throttle.limit);
    } else {
      writer.write("blkio", throttle.v1_file, formatted("{} {}", number_of(device), device.rate), throttle.limit);
    }
  }
}

void plan_block_weights(const oci::BlockIoLimits& block, bool v2, Writer& writer) {
  if (block.weight.value_or(0) != 0) {
    if (v2) {
      writer.write("io", "io.weight", formatted("default {}", io_weight_of_blkio(*block.weight)), "blockIO.weight");
    } else {
      // CFQ's name until Linux 5.0, then BFQ's.
      writer.write("blkio", "blkio.weight", std::to_string(*block.weight), "blockIO.weight", "blkio.bfq.weight");
    }
  }
  for (const auto& device : block.weight_device) {
    if (!device.weight) continue;
    const std::string content = formatted("{}:{} {}", device.major, device.minor,
                                          v2 ? io_weight_of_blkio(*device.weight) : uint64_t{*device.weight});
    writer.write(v2 ? "io" : "blkio", v2 ? "io.weight" : "blkio.weight_device", content, "blockIO.weightDevice",
                 v2 ? "" : "blkio.bfq.weight_device");
  }
  const bool has_leaf = block.leaf_weight.value_or(0) != 0 ||
                        std::any_of(block.weight_device.begin(), block.weight_device.end(),
                                    [](const auto& device) { return device.leaf_weight.value_or(0) != 0; });
  if (has_leaf) writer.missing("blockIO.leafWeight", "kernels since 5.0 have nothing like it");
}

void plan_block_io(const oci::BlockIoLimits& block, bool v2, Writer& writer) {
  plan_block_weights(block, v2, writer);
  plan_throttle({block.read_bps, "blkio.throttle.read_bps_device", "rbps", "blockIO.throttleReadBpsDevice"}, v2,
                writer);
  plan_throttle({block.write_bps, "blkio.throttle.write_bps_device", "wbps", "blockIO.throttleWriteBpsDevice"}, v2,
                writer);
  plan_throttle({block.read_iops, "blkio.throttle.read_iops_device", "riops", "blockIO.throttleReadIOPSDevice"}, v2,
                writer);
  plan_throttle({block.write_iops, "blkio.throttle.write_iops_device", "wiops", "blockIO.throttleWriteIOPSDevice"}, v2,
                writer);
}

std::string device_line(const oci::DeviceRule& rule) {
  const auto number = [](const std::optional<int64_t>& value) {
    return value.value_or(-1) < 0 ? std::string("*") : std::to_string(*value);
  };
  return formatted("{} {}:{} {}", rule.type, number(rule.major), number(rule.minor),
                   rule.access.empty() ? "rwm" : rule.access);
}

// v1 only; on v2 a program is attached (device_program.h).
void plan_devices_v1(const std::vector<oci::DeviceRule>& rules, Writer& writer) {
  writer.write("devices", "devices.deny", "a", "devices");
  for (const auto& rule : effective_device_rules(rules)) {
    const std::string file = rule.allow ? "devices.allow" : "devices.deny";
    if (rule.type.empty() || rule.type == "a") {
      writer.write("devices", file, "a", "devices");
    } else {
      writer.write("devices", file, device_line(rule), "devices");
    }
  }
}

void plan_unified(const oci::Resources& resources, const HostFacts& facts, Writer& writer) {
  for (const auto& [file, content] : resources.unified) {
    const std::string limit = "unified." + file;
    if (file.find('/') != std::string::npos) {
      writer.missing(limit, "it is no file name");
    } else if (facts.cgroups.version != CgroupVersion::kV2) {
      writer.missing(limit, "this host uses cgroup v1");
    } else {
      const std::string controller = file.substr(0, file.find('.'));
      writer.write(controller == "cgroup" ? "" : controller, file, content, limit);
    }
  }
}

}  // namespace

uint64_t cpu_weight_of_shares(uint64_t shares) {
  const uint64_t bounded = std::clamp<uint64_t>(shares, 2, 262144);
  return 1 + ((bounded - 2) * 9999) / 262142;
}

uint64_t io_weight_of_blkio(uint64_t weight) {
  const uint64_t bounded = std::clamp<uint64_t>(weight, 10, 1000);
  return 1 + ((bounded - 10) * 9999) / 990;
}

Result<std::vector<CgroupWrite>> plan_cgroup_writes(const oci::Resources& resources, const HostFacts& facts) {
  Writer writer(facts);
  writer.is_v2("memory") ? plan_memory_v2(resources.memory, writer) : plan_memory_v1(resources.memory, writer);
  writer.is_v2("cpu") ? plan_cpu_v2(resources.cpu, writer) : plan_cpu_v1(resources.cpu, writer);
  plan_cpuset(resources.cpu, writer);
  // 0 means no limit, as in runc: Docker writes it for "not set".
  if (resources.pids_limit && *resources.pids_limit != 0) {
    writer.write("pids", "pids.max", or_max(*resources.pids_limit), "pids.limit");
  }
  plan_block_io(resources.block_io, facts.cgroups.version == CgroupVersion::kV2, writer);
  for (const auto& huge : resources.hugepage_limits) {
    const char* suffix = writer.is_v2("hugetlb") ? "max" : "limit_in_bytes";
    writer.write("hugetlb", formatted("hugetlb.{}.{}", huge.page_size, suffix), std::to_string(huge.limit),
                 "hugepageLimits");
  }
  plan_unified(resources, facts, writer);
  return std::move(writer).finish();
}

Result<std::vector<CgroupWrite>> plan_device_writes(const oci::Resources& resources, const HostFacts& facts) {
  Writer writer(facts);
  // In a user namespace the kernel lets nobody make nodes or write here; nodes of the host keep their permissions.
  const bool controlled = !facts.in_user_namespace && facts.cgroups.version == CgroupVersion::kV1;
  if (controlled) plan_devices_v1(resources.devices, writer);
  return std::move(writer).finish();
}

}  // namespace tare::runtime
