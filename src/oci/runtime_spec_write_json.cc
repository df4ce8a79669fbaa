// Writing config.json: the mirror of runtime_spec_json.cc. `put` leaves out what is empty, as Go's omitempty does.
#include "codec/json.h"
#include "oci/runtime_spec.h"

namespace tare::oci {

using codec::Json;

Json encode(const ConsoleSize& size);
Json encode(const User& user);
Json encode(const Capabilities& capabilities);
Json encode(const Rlimit& rlimit);
Json encode(const Process& process);
Json encode(const Root& root);
Json encode(const Mount& mount);
Json encode(const Hook& hook);
Json encode(const Hooks& hooks);
Json encode(const Namespace& space);
Json encode(const IdMapping& mapping);
Json encode(const Device& device);
Json encode(const DeviceRule& rule);
Json encode(const MemoryLimits& memory);
Json encode(const CpuLimits& cpu);
Json encode(const WeightDevice& device);
Json encode(const ThrottleDevice& device);
Json encode(const BlockIoLimits& block_io);
Json encode(const HugepageLimit& limit);
Json encode(const Resources& resources);
Json encode(const SeccompArgument& argument);
Json encode(const SeccompRule& rule);
Json encode(const Seccomp& seccomp);
Json encode(const LinuxSection& section);

namespace {

template <typename T>
requires std::is_arithmetic_v<T> Json encode(T value) { return value; }
Json encode(const std::string& text) { return text; }

bool is_empty(const Json& json) { return json.is_null() || (json.is_structured() && json.empty()) || json == ""; }

template <typename T>
void put(Json& object, const char* key, const T& value) {
  Json json = encode(value);
  if (!is_empty(json)) object[key] = std::move(json);
}

template <typename T>
void put(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = encode(*value);
}

template <typename T>
void put(Json& object, const char* key, const std::vector<T>& list) {
  if (list.empty()) return;
  Json array = Json::array();
  for (const auto& element : list) array.push_back(encode(element));
  object[key] = std::move(array);
}

void put(Json& object, const char* key, const std::map<std::string, std::string>& map) {
  if (!map.empty()) object[key] = map;
}

void put_if(Json& object, const char* key, bool value) {
  if (value) object[key] = true;
}

}  // namespace

Json encode(const ConsoleSize& size) { return {{"height", size.height}, {"width", size.width}}; }

Json encode(const User& user) {
  Json json{{"uid", user.uid}, {"gid", user.gid}};
  put(json, "umask", user.umask);
  put(json, "additionalGids", user.additional_gids);
  return json;
}

Json encode(const Capabilities& capabilities) {
  Json json = Json::object();
  put(json, "bounding", capabilities.bounding);
  put(json, "effective", capabilities.effective);
  put(json, "inheritable", capabilities.inheritable);
  put(json, "permitted", capabilities.permitted);
  put(json, "ambient", capabilities.ambient);
  return json;
}

Json encode(const Rlimit& rlimit) { return {{"type", rlimit.type}, {"soft", rlimit.soft}, {"hard", rlimit.hard}}; }

Json encode(const Process& process) {
  Json json{{"cwd", process.cwd}, {"user", encode(process.user)}};
  put_if(json, "terminal", process.terminal);
  put(json, "consoleSize", process.console_size);
  put(json, "args", process.args);
  put(json, "env", process.env);
  put(json, "capabilities", process.capabilities);
  put(json, "rlimits", process.rlimits);
  put_if(json, "noNewPrivileges", process.no_new_privileges);
  put(json, "oomScoreAdj", process.oom_score_adj);
  put(json, "apparmorProfile", process.apparmor_profile);
  put(json, "selinuxLabel", process.selinux_label);
  return json;
}

Json encode(const Root& root) {
  Json json{{"path", root.path}};
  put_if(json, "readonly", root.readonly);
  return json;
}

Json encode(const Mount& mount) {
  Json json{{"destination", mount.destination}};
  put(json, "type", mount.type);
  put(json, "source", mount.source);
  put(json, "options", mount.options);
  return json;
}

Json encode(const Hook& hook) {
  Json json{{"path", hook.path}};
  put(json, "args", hook.args);
  put(json, "env", hook.env);
  put(json, "timeout", hook.timeout);
  return json;
}

Json encode(const Hooks& hooks) {
  Json json = Json::object();
  put(json, "prestart", hooks.prestart);
  put(json, "createRuntime", hooks.create_runtime);
  put(json, "createContainer", hooks.create_container);
  put(json, "startContainer", hooks.start_container);
  put(json, "poststart", hooks.poststart);
  put(json, "poststop", hooks.poststop);
  return json;
}

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

Json encode(const DeviceRule& rule) {
  Json json{{"allow", rule.allow}};
  put(json, "type", rule.type);
  put(json, "major", rule.major);
  put(json, "minor", rule.minor);
  put(json, "access", rule.access);
  return json;
}

Json encode(const MemoryLimits& memory) {
  Json json = Json::object();
  put(json, "limit", memory.limit);
  put(json, "reservation", memory.reservation);
  put(json, "swap", memory.swap);
  put(json, "kernel", memory.kernel);
  put(json, "kernelTCP", memory.kernel_tcp);
  put(json, "swappiness", memory.swappiness);
  put(json, "disableOOMKiller", memory.disable_oom_killer);
  put_if(json, "checkBeforeUpdate", memory.check_before_update);
  return json;
}

Json encode(const CpuLimits& cpu) {
  Json json = Json::object();
  put(json, "shares", cpu.shares);
  put(json, "quota", cpu.quota);
  put(json, "burst", cpu.burst);
  put(json, "period", cpu.period);
  put(json, "realtimeRuntime", cpu.realtime_runtime);
  put(json, "realtimePeriod", cpu.realtime_period);
  put(json, "cpus", cpu.cpus);
  put(json, "mems", cpu.mems);
  put(json, "idle", cpu.idle);
  return json;
}

Json encode(const WeightDevice& device) {
  Json json{{"major", device.major}, {"minor", device.minor}};
  put(json, "weight", device.weight);
  put(json, "leafWeight", device.leaf_weight);
  return json;
}

Json encode(const ThrottleDevice& device) {
  return {{"major", device.major}, {"minor", device.minor}, {"rate", device.rate}};
}

Json encode(const BlockIoLimits& block_io) {
  Json json = Json::object();
  put(json, "weight", block_io.weight);
  put(json, "leafWeight", block_io.leaf_weight);
  put(json, "weightDevice", block_io.weight_device);
  put(json, "throttleReadBpsDevice", block_io.read_bps);
  put(json, "throttleWriteBpsDevice", block_io.write_bps);
  put(json, "throttleReadIOPSDevice", block_io.read_iops);
  put(json, "throttleWriteIOPSDevice", block_io.write_iops);
  return json;
}

Json encode(const HugepageLimit& limit) { return {{"pageSize", limit.page_size}, {"limit", limit.limit}}; }

Json encode(const Resources& resources) {
  Json json = Json::object();
  put(json, "devices", resources.devices);
  put(json, "memory", resources.memory);
  put(json, "cpu", resources.cpu);
  if (resources.pids_limit) json["pids"] = {{"limit", *resources.pids_limit}};
  put(json, "blockIO", resources.block_io);
  put(json, "hugepageLimits", resources.hugepage_limits);
  put(json, "unified", resources.unified);
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
  Json json{{"defaultAction", seccomp.default_action}};
  put(json, "defaultErrnoRet", seccomp.default_errno_ret);
  put(json, "architectures", seccomp.architectures);
  put(json, "flags", seccomp.flags);
  put(json, "listenerPath", seccomp.listener_path);
  put(json, "listenerMetadata", seccomp.listener_metadata);
  put(json, "syscalls", seccomp.syscalls);
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
  return json;
}

std::string Resources::to_json() const { return codec::dump_json(encode(*this)); }

std::string RuntimeSpec::to_json() const {
  Json json{{"ociVersion", oci_version}};
  put(json, "process", process);
  put(json, "root", root);
  put(json, "hostname", hostname);
  put(json, "domainname", domainname);
  put(json, "mounts", mounts);
  put(json, "hooks", hooks);
  put(json, "linux", linux_section);
  put(json, "annotations", annotations);
  return codec::dump_json(json);
}

}  // namespace tare::oci
