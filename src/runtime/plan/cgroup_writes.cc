#include "runtime/plan/cgroup_writes.h"

#include <algorithm>

#include "runtime/plan/cgroup_writer.h"

namespace tare::runtime {
namespace {

using os::CgroupVersion;

std::string or_max(int64_t value) { return value < 0 ? "max" : std::to_string(value); }

void plan_memory_v1(const oci::MemoryLimits& memory, CgroupWriter& writer) {
  if (memory.limit) writer.write("memory", "memory.limit_in_bytes", std::to_string(*memory.limit), "memory.limit");
  if (memory.swap) writer.write("memory", "memory.memsw.limit_in_bytes", std::to_string(*memory.swap), "memory.swap");
  if (memory.reservation) {
    writer.write("memory", "memory.soft_limit_in_bytes", std::to_string(*memory.reservation), "memory.reservation");
  }
  // Hierarchical is the only way since Linux 5.11; older kernels can be told.
  if (memory.use_hierarchy) {
    writer.write("memory", "memory.use_hierarchy", *memory.use_hierarchy ? "1" : "0", "memory.useHierarchy");
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
void plan_swap_v2(const oci::MemoryLimits& memory, CgroupWriter& writer) {
  if (!memory.swap || *memory.swap == 0) return;
  if (*memory.swap < 0) return writer.write("memory", "memory.swap.max", "max", "memory.swap");
  if (!memory.limit || *memory.limit <= 0 || *memory.swap < *memory.limit) {
    return writer.missing("memory.swap", "it must be at least memory.limit, which must be set");
  }
  writer.write("memory", "memory.swap.max", std::to_string(*memory.swap - *memory.limit), "memory.swap");
}

void plan_memory_v2(const oci::MemoryLimits& memory, CgroupWriter& writer) {
  if (memory.limit && *memory.limit != 0) writer.write("memory", "memory.max", or_max(*memory.limit), "memory.limit");
  plan_swap_v2(memory, writer);
  if (memory.reservation && *memory.reservation != 0) {
    writer.write("memory", "memory.low", or_max(*memory.reservation), "memory.reservation");
  }
  const std::string reason = "cgroup v2 has nothing like it";
  if (memory.kernel_tcp.value_or(0) > 0) writer.missing("memory.kernelTCP", reason);
  if (memory.swappiness) writer.missing("memory.swappiness", reason);
  if (memory.disable_oom_killer.value_or(false)) writer.missing("memory.disableOOMKiller", reason);
  if (!memory.use_hierarchy.value_or(true)) writer.missing("memory.useHierarchy", "cgroup v2 is always hierarchical");
}

void plan_cpu_v1(const oci::CpuLimits& cpu, CgroupWriter& writer) {
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

void plan_cpu_v2(const oci::CpuLimits& cpu, CgroupWriter& writer) {
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

void plan_cpuset(const oci::CpuLimits& cpu, CgroupWriter& writer) {
  if (!cpu.cpus.empty()) writer.write("cpuset", "cpuset.cpus", cpu.cpus, "cpu.cpus");
  if (!cpu.mems.empty()) writer.write("cpuset", "cpuset.mems", cpu.mems, "cpu.mems");
}

// Reservations, where the kernel counts them, and faults, which it counts everywhere.
void plan_huge_pages(const oci::HugepageLimit& huge, bool v2, CgroupWriter& writer) {
  const char* suffix = v2 ? "max" : "limit_in_bytes";
  const std::string limit = std::to_string(huge.limit);
  // Engines take sizes in either case; the kernel's files are in capitals.
  std::string size = huge.page_size;
  std::transform(size.begin(), size.end(), size.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  writer.write("hugetlb", formatted("hugetlb.{}.{}", size, suffix), limit, "hugepageLimits");
  writer.write("hugetlb", formatted("hugetlb.{}.rsvd.{}", size, suffix), limit, "hugepageLimits");
  writer.only_if_there();
}

void plan_network(const oci::NetworkClass& network, CgroupWriter& writer) {
  if (network.class_id) {
    writer.write("net_cls", "net_cls.classid", std::to_string(*network.class_id), "network.classID");
  }
  for (const auto& priority : network.priorities) {
    writer.write("net_prio", "net_prio.ifpriomap", formatted("{} {}", priority.name, priority.priority),
                 "network.priorities");
  }
}

void plan_rdma(const std::string& device, const oci::RdmaLimit& limit, CgroupWriter& writer) {
  std::string content = device;
  if (limit.hca_handles) content += formatted(" hca_handle={}", *limit.hca_handles);
  if (limit.hca_objects) content += formatted(" hca_object={}", *limit.hca_objects);
  writer.write("rdma", "rdma.max", content, formatted("rdma.{}", device));
}

void plan_unified(const oci::Resources& resources, const HostFacts& facts, CgroupWriter& writer) {
  for (const auto& [file, content] : resources.unified) {
    const std::string limit = "unified." + file;
    if (file.find('/') != std::string::npos) {
      writer.missing(limit, "it is no file name");
    } else if (facts.cgroups.version != CgroupVersion::kV2) {
      writer.missing(limit, "this host uses cgroup v1");
    } else {
      const std::string controller = file.substr(0, file.find('.'));
      // A line at a time, as the kernel reads no further: io.max has one for each device.
      for (const auto& line : split(trim(content), '\n')) {
        writer.write(controller == "cgroup" ? "" : controller, file, line, limit);
      }
    }
  }
}

}  // namespace

uint64_t cpu_weight_of_shares(uint64_t shares) {
  const uint64_t bounded = std::clamp<uint64_t>(shares, 2, 262144);
  return 1 + ((bounded - 2) * 9999) / 262142;
}

Result<std::vector<CgroupWrite>> plan_cgroup_writes(const oci::Resources& resources, const HostFacts& facts) {
  CgroupWriter writer(facts);
  writer.is_v2("memory") ? plan_memory_v2(resources.memory, writer) : plan_memory_v1(resources.memory, writer);
  writer.is_v2("cpu") ? plan_cpu_v2(resources.cpu, writer) : plan_cpu_v1(resources.cpu, writer);
  plan_cpuset(resources.cpu, writer);
  if (const auto& limit = resources.pids_limit) {
    // 0 is a limit that the container's own process would not get past; to what it starts, 1 is the same.
    writer.write("pids", "pids.max", or_max(*limit == 0 ? 1 : *limit), "pids.limit");
  }
  plan_block_io(resources.block_io, facts.cgroups.version == CgroupVersion::kV2, writer);
  for (const auto& huge : resources.hugepage_limits) plan_huge_pages(huge, writer.is_v2("hugetlb"), writer);
  plan_network(resources.network, writer);
  for (const auto& [device, limit] : resources.rdma) plan_rdma(device, limit, writer);
  plan_unified(resources, facts, writer);
  return std::move(writer).finish();
}

}  // namespace tare::runtime
