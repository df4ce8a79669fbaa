// Writing "linux" of config.json.
#include "oci/runtime_spec_encode_json.h"

namespace tare::oci {

Json encode(const Namespace& space) {
  Json json{{"type", std::string(to_string(space.type))}};
  put(json, "path", space.path);
  return json;
}

Json encode(const IdMapping& mapping) {
  return {{"containerID", mapping.container_id}, {"hostID", mapping.host_id}, {"size", mapping.size}};
}

Json encode(const Device& device) {
  Json json{{"type", device.type}, {"path", device.path}};
  if (device.type != "p") {
    json["major"] = device.major;
    json["minor"] = device.minor;
  }
  put(json, "fileMode", device.file_mode);
  put(json, "uid", device.uid);
  put(json, "gid", device.gid);
  return json;
}

Json encode(const SeccompArgument& argument) {
  Json json{{"index", argument.index}, {"value", argument.value}, {"op", argument.op}};
  if (argument.value_two != 0) json["valueTwo"] = argument.value_two;
  return json;
}

Json encode(const SeccompRule& rule) {
  Json json{{"names", rule.names}, {"action", rule.action}};
  put(json, "errnoRet", rule.errno_ret);
  put(json, "args", rule.args);
  return json;
}

Json encode(const Seccomp& seccomp) {
  if (seccomp.built_in) return {{"defaultAction", std::string(kBuiltInProfile)}, {"capabilities", *seccomp.built_in}};
  Json json{{"defaultAction", seccomp.default_action}};
  put(json, "defaultErrnoRet", seccomp.default_errno_ret);
  put(json, "architectures", seccomp.architectures);
  put(json, "flags", seccomp.flags);
  put(json, "listenerPath", seccomp.listener_path);
  put(json, "listenerMetadata", seccomp.listener_metadata);
  put(json, "syscalls", seccomp.syscalls);
  return json;
}

Json encode(const IntelRdt& rdt) {
  Json json = Json::object();
  put(json, "closID", rdt.clos_id);
  put(json, "l3CacheSchema", rdt.l3_cache_schema);
  put(json, "memBwSchema", rdt.mem_bw_schema);
  put(json, "schemata", rdt.schemata);
  put_if(json, "enableMonitoring", rdt.enable_monitoring);
  return json;
}

Json encode(const Personality& personality) {
  Json json{{"domain", personality.domain}};
  put(json, "flags", personality.flags);
  return json;
}

Json encode(const TimeOffset& offset) { return {{"secs", offset.secs}, {"nanosecs", offset.nanosecs}}; }

Json encode(const NetDevice& device) {
  Json json = Json::object();
  put(json, "name", device.name);
  return json;
}

Json encode(const MemoryPolicy& policy) {
  Json json{{"mode", policy.mode}};
  put(json, "nodes", policy.nodes);
  put(json, "flags", policy.flags);
  return json;
}

Json encode(const LinuxSection& section) {
  Json json = Json::object();
  put(json, "namespaces", section.namespaces);
  put(json, "uidMappings", section.uid_mappings);
  put(json, "gidMappings", section.gid_mappings);
  put(json, "devices", section.devices);
  put(json, "cgroupsPath", section.cgroups_path);
  put(json, "resources", section.resources);
  put(json, "seccomp", section.seccomp);
  put(json, "rootfsPropagation", section.rootfs_propagation);
  put(json, "maskedPaths", section.masked_paths);
  put(json, "readonlyPaths", section.readonly_paths);
  put(json, "sysctl", section.sysctl);
  put(json, "mountLabel", section.mount_label);
  put(json, "intelRdt", section.intel_rdt);
  put(json, "personality", section.personality);
  put(json, "timeOffsets", section.time_offsets);
  put(json, "netDevices", section.net_devices);
  put(json, "memoryPolicy", section.memory_policy);
  return json;
}

}  // namespace tare::oci
