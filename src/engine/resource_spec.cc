// Limits and devices of the OCI configuration, from what a user asked for.
#include <algorithm>

#include "engine/container_spec.h"

namespace tare::engine {
namespace {

constexpr uint64_t kCpuPeriod = 100'000;  // µs; what --cpus is a share of

void plan_cpu(const Resources& wanted, oci::CpuLimits& cpu) {
  cpu.shares = wanted.cpu_shares;
  cpu.quota = wanted.cpu_quota;
  cpu.period = wanted.cpu_period;
  cpu.realtime_period = wanted.cpu_realtime_period;
  cpu.realtime_runtime = wanted.cpu_realtime_runtime;
  if (wanted.nano_cpus) {
    cpu.period = kCpuPeriod;
    cpu.quota = *wanted.nano_cpus / 10'000;  // 10⁹ per CPU → 10⁵ µs per period
  }
  cpu.cpus = wanted.cpuset_cpus;
  cpu.mems = wanted.cpuset_mems;
}

void plan_memory(const Resources& wanted, bool swap_accounting, oci::MemoryLimits& memory) {
  memory.limit = wanted.memory;
  memory.reservation = wanted.memory_reservation;
  memory.swap = wanted.memory_swap;
  memory.swappiness = wanted.memory_swappiness;
  // Docker: without --memory-swap a container may swap as much again as it has memory.
  if (wanted.memory && !wanted.memory_swap && swap_accounting) memory.swap = *wanted.memory * 2;
  if (wanted.oom_kill_disable) memory.disable_oom_killer = true;
}

using DeviceValues = std::vector<Resources::DeviceValue>;

std::vector<oci::ThrottleDevice> throttles(const DeviceValues& values, const SpecFacts& facts) {
  std::vector<oci::ThrottleDevice> devices;
  for (const auto& value : values) {
    const auto number = facts.block_devices.at(value.path);
    devices.push_back({number.major, number.minor, value.value});
  }
  return devices;
}

void plan_block_io(const Resources& wanted, const SpecFacts& facts, oci::BlockIoLimits& block) {
  block.weight = wanted.block_weight;
  for (const auto& value : wanted.block_weight_devices) {
    const auto number = facts.block_devices.at(value.path);
    block.weight_device.push_back({number.major, number.minor, static_cast<uint16_t>(value.value), std::nullopt});
  }
  block.read_bps = throttles(wanted.device_read_bps, facts);
  block.write_bps = throttles(wanted.device_write_bps, facts);
  block.read_iops = throttles(wanted.device_read_iops, facts);
  block.write_iops = throttles(wanted.device_write_iops, facts);
}

bool limits_block_io(const Resources& wanted) {
  return wanted.block_weight || !wanted.block_weight_devices.empty() || !wanted.device_read_bps.empty() ||
         !wanted.device_write_bps.empty() || !wanted.device_read_iops.empty() || !wanted.device_write_iops.empty();
}

bool limits_cpu(const Resources& wanted) {
  return wanted.nano_cpus || wanted.cpu_shares || wanted.cpu_quota || wanted.cpu_period || wanted.cpu_realtime_period ||
         wanted.cpu_realtime_runtime || !wanted.cpuset_cpus.empty() || !wanted.cpuset_mems.empty();
}

bool limits_memory(const Resources& wanted) {
  return wanted.memory || wanted.memory_swap || wanted.memory_reservation || wanted.memory_swappiness ||
         wanted.oom_kill_disable;
}

// Below what the user mounts a node would be made on the host.
bool is_covered(const std::string& path, const ContainerOptions& options) {
  return std::any_of(options.mounts.begin(), options.mounts.end(), [&](const MountOption& mount) {
    return path == mount.target || path.starts_with(mount.target + "/");
  });
}

// The kernel lets nobody in a user namespace make nodes: the host's is bound then, with the host's owner.
void add_node(oci::RuntimeSpec& spec, const std::string& host_path, const oci::Device& device, bool in_user_namespace) {
  auto& devices = spec.linux_section.devices;
  std::erase_if(devices, [&](const oci::Device& other) { return other.path == device.path; });
  if (!in_user_namespace) return devices.push_back(device);
  std::erase_if(spec.mounts, [&](const oci::Mount& mount) { return mount.destination == device.path; });
  spec.mounts.push_back({device.path, "bind", host_path, {"rbind", "rw", "rprivate"}});
}

void add_rule(oci::RuntimeSpec& spec, const oci::Device& device, const std::string& access) {
  spec.linux_section.resources.devices.push_back(
      {.allow = true, .type = device.type, .major = device.major, .minor = device.minor, .access = access});
}

// Without an owner of its own a node is the user's.
void add_cdi_node(oci::RuntimeSpec& spec, const CdiDeviceNode& node, bool in_user_namespace) {
  const auto& user = spec.process->user;
  oci::Device device{node.type, node.path, node.major, node.minor, node.file_mode, node.uid, node.gid};
  if (device.type == "u") device.type = "c";
  if (!device.uid && user.uid != 0) device.uid = user.uid;
  if (!device.gid && user.gid != 0) device.gid = user.gid;
  add_node(spec, node.host_path, device, in_user_namespace);
  if (node.permissions == "none" || device.type == "p") return;
  add_rule(spec, device, node.permissions.empty() ? "rwm" : node.permissions);
}

std::optional<int64_t> parse_device_number(std::string_view text) {
  if (text == "*") return -1;
  const auto number = parse_unsigned(text);
  if (!number || *number > 0xffffffff) return std::nullopt;
  return static_cast<int64_t>(*number);
}

}  // namespace

Result<oci::Resources> plan_limits(const Resources& wanted, const SpecFacts& facts) {
  const bool any = limits_cpu(wanted) || limits_memory(wanted) || limits_block_io(wanted) || wanted.pids_limit;
  if (any && facts.cgroup_path.empty()) {
    return Error(ErrorKind::kUnsupported,
                 "limits of CPU, memory, processes or devices need a control group, and none is delegated to this user "
                 "here")
        .with_hint(
            "on cgroup v2 `systemd-run --user --scope -p Delegate=yes tare …` gives one; else run as root, or "
            "without --cpus, --memory, --pids-limit and the like");
  }
  oci::Resources limits;
  plan_cpu(wanted, limits.cpu);
  plan_memory(wanted, facts.swap_accounting, limits.memory);
  plan_block_io(wanted, facts, limits.block_io);
  // Docker: whatever is no count lifts the limit.
  if (wanted.pids_limit) limits.pids_limit = *wanted.pids_limit > 0 ? *wanted.pids_limit : -1;
  return limits;
}

Result<oci::DeviceRule> parse_device_rule(const std::string& text) {
  const auto words = split(text, ' ');
  const auto bad = [&] {
    return Failure(ErrorKind::kInvalidArgument, "invalid device cgroup format '{}'", text)
        .with_hint("write a rule such as \"c 1:3 rw\": a, b or c, then MAJOR:MINOR (* for all), then of rwm");
  };
  if (words.size() != 3 || (words[0] != "a" && words[0] != "b" && words[0] != "c")) return bad();
  const auto numbers = cut(words[1], ':');
  if (!numbers || words[2].empty() || words[2].size() > 3 || words[2].find_first_not_of("rwm") != std::string::npos) {
    return bad();
  }
  const auto major = parse_device_number(numbers->first);
  const auto minor = parse_device_number(numbers->second);
  if (!major || !minor) return bad();
  return oci::DeviceRule{.allow = true, .type = words[0], .major = *major, .minor = *minor, .access = words[2]};
}

Result<void> plan_devices(oci::RuntimeSpec& spec, const ContainerOptions& options, const SpecFacts& facts) {
  for (const auto& device : facts.host_devices) {
    if (!is_covered(device.path, options)) spec.linux_section.devices.push_back(device);
  }
  for (const auto& edits : facts.cdi_edits) {
    for (const auto& node : edits.device_nodes) add_cdi_node(spec, node, facts.rootless || facts.id_range);
  }
  for (size_t index = 0; index < facts.devices.size(); ++index) {
    for (const auto& [host_path, device] : facts.devices[index]) {
      add_node(spec, host_path, device, facts.rootless || facts.id_range);
      add_rule(spec, device, options.devices.at(index).permissions);
    }
  }
  auto& rules = spec.linux_section.resources.devices;
  for (const auto& text : options.device_cgroup_rules) rules.push_back(TRY(parse_device_rule(text)));
  return {};
}

}  // namespace tare::engine
