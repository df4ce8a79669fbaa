// The device rules of cgroup v1.
#include "runtime/plan/cgroup_writer.h"
#include "runtime/plan/device_nodes.h"

namespace tare::runtime {
namespace {

std::string device_line(const std::string& type, const oci::DeviceRule& rule) {
  const auto number = [](const std::optional<int64_t>& value) {
    return value.value_or(-1) < 0 ? std::string("*") : std::to_string(*value);
  };
  return formatted("{} {}:{} {}", type, number(rule.major), number(rule.minor),
                   rule.access.empty() ? "rwm" : rule.access);
}

bool is_everything(const oci::DeviceRule& rule) {
  const bool all_access =
      rule.access.empty() || (rule.access.find('r') != std::string::npos &&
                              rule.access.find('w') != std::string::npos && rule.access.find('m') != std::string::npos);
  return rule.major.value_or(-1) < 0 && rule.minor.value_or(-1) < 0 && all_access;
}

// v1 only; on v2 a program is attached (device_program.h).
void plan_devices_v1(const std::vector<oci::DeviceRule>& rules, CgroupWriter& writer) {
  writer.write("devices", "devices.deny", "a", "devices");
  for (const auto& rule : effective_device_rules(rules)) {
    const std::string file = rule.allow ? "devices.allow" : "devices.deny";
    const bool any_type = rule.type.empty() || rule.type == "a";
    if (any_type && is_everything(rule)) {
      writer.write("devices", file, "a", "devices");
      continue;
    }
    // To the kernel "a" is everything, whatever follows it.
    for (const char* type : {"b", "c"}) {
      if (any_type || rule.type == type) writer.write("devices", file, device_line(type, rule), "devices");
    }
  }
}

}  // namespace

Result<std::vector<CgroupWrite>> plan_device_writes(const oci::Resources& resources, const HostFacts& facts) {
  CgroupWriter writer(facts);
  // In a user namespace the kernel lets nobody make nodes or write here; nodes of the host keep their permissions.
  const bool controlled = !facts.in_user_namespace && facts.cgroups.version == os::CgroupVersion::kV1;
  if (controlled) plan_devices_v1(resources.devices, writer);
  return std::move(writer).finish();
}

}  // namespace tare::runtime
