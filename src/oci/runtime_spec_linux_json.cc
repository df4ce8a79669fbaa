// Reading "linux" of config.json.
#include "oci/runtime_spec_decode_json.h"

namespace tare::oci {
namespace {

constexpr const char* kNamespaceNames[] = {"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"};

}  // namespace

Result<void> decode(const JsonReader& json, NamespaceType& type) {
  const std::string name = TRY(json.as_string());
  for (size_t index = 0; index < std::size(kNamespaceNames); ++index) {
    if (name != kNamespaceNames[index]) continue;
    type = static_cast<NamespaceType>(index);
    return {};
  }
  return json.error(formatted("{} is no kind of namespace", name));
}

Result<void> decode(const JsonReader& json, Namespace& space) {
  TRY(take_required(json, "type", space.type));
  return take(json, "path", space.path);
}

Result<void> decode(const JsonReader& json, IdMapping& mapping) {
  TRY(take_required(json, "containerID", mapping.container_id));
  TRY(take_required(json, "hostID", mapping.host_id));
  return take_required(json, "size", mapping.size);
}

Result<void> decode(const JsonReader& json, Device& device) {
  TRY(take_required(json, "type", device.type));
  TRY(take_required(json, "path", device.path));
  TRY(take(json, "major", device.major));
  TRY(take(json, "minor", device.minor));
  TRY(take(json, "fileMode", device.file_mode));
  TRY(take(json, "uid", device.uid));
  return take(json, "gid", device.gid);
}

Result<void> decode(const JsonReader& json, SeccompArgument& argument) {
  TRY(take_required(json, "index", argument.index));
  TRY(take_required(json, "value", argument.value));
  TRY(take(json, "valueTwo", argument.value_two));
  return take_required(json, "op", argument.op);
}

Result<void> decode(const JsonReader& json, SeccompRule& rule) {
  TRY(take_required(json, "names", rule.names));
  TRY(take_required(json, "action", rule.action));
  TRY(take(json, "errnoRet", rule.errno_ret));
  return take(json, "args", rule.args);
}

Result<void> decode(const JsonReader& json, Seccomp& seccomp) {
  TRY(take_required(json, "defaultAction", seccomp.default_action));
  if (seccomp.default_action == kBuiltInProfile) {
    seccomp = Seccomp{.built_in = std::vector<std::string>()};
    return take(json, "capabilities", *seccomp.built_in);
  }
  TRY(take(json, "defaultErrnoRet", seccomp.default_errno_ret));
  TRY(take(json, "architectures", seccomp.architectures));
  TRY(take(json, "flags", seccomp.flags));
  TRY(take(json, "listenerPath", seccomp.listener_path));
  TRY(take(json, "listenerMetadata", seccomp.listener_metadata));
  return take(json, "syscalls", seccomp.syscalls);
}

Result<void> decode(const JsonReader& json, IntelRdt& rdt) {
  TRY(take(json, "closID", rdt.clos_id));
  TRY(take(json, "l3CacheSchema", rdt.l3_cache_schema));
  TRY(take(json, "memBwSchema", rdt.mem_bw_schema));
  TRY(take(json, "schemata", rdt.schemata));
  return take(json, "enableMonitoring", rdt.enable_monitoring);
}

Result<void> decode(const JsonReader& json, Personality& personality) {
  TRY(take_required(json, "domain", personality.domain));
  return take(json, "flags", personality.flags);
}

Result<void> decode(const JsonReader& json, TimeOffset& offset) {
  TRY(take(json, "secs", offset.secs));
  return take(json, "nanosecs", offset.nanosecs);
}

Result<void> decode(const JsonReader& json, NetDevice& device) { return take(json, "name", device.name); }

Result<void> decode(const JsonReader& json, MemoryPolicy& policy) {
  TRY(take_required(json, "mode", policy.mode));
  TRY(take(json, "nodes", policy.nodes));
  return take(json, "flags", policy.flags);
}

Result<void> decode(const JsonReader& json, LinuxSection& section) {
  TRY(take(json, "namespaces", section.namespaces));
  TRY(take(json, "uidMappings", section.uid_mappings));
  TRY(take(json, "gidMappings", section.gid_mappings));
  TRY(take(json, "devices", section.devices));
  TRY(take(json, "cgroupsPath", section.cgroups_path));
  TRY(take(json, "resources", section.resources));
  TRY(take(json, "seccomp", section.seccomp));
  TRY(take(json, "rootfsPropagation", section.rootfs_propagation));
  TRY(take(json, "maskedPaths", section.masked_paths));
  TRY(take(json, "readonlyPaths", section.readonly_paths));
  TRY(take(json, "sysctl", section.sysctl));
  TRY(take(json, "mountLabel", section.mount_label));
  TRY(take(json, "intelRdt", section.intel_rdt));
  TRY(take(json, "personality", section.personality));
  TRY(take(json, "timeOffsets", section.time_offsets));
  TRY(take(json, "netDevices", section.net_devices));
  return take(json, "memoryPolicy", section.memory_policy);
}

std::string_view to_string(NamespaceType type) { return kNamespaceNames[static_cast<size_t>(type)]; }

}  // namespace tare::oci
