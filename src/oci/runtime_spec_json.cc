// Reading config.json. One `decode` per type, and `take`, which reads a member into a field and leaves the field at its
// default when the member is absent, so that a type's decoder is the list of its members.
#include <limits>
#include <type_traits>

#include "codec/json.h"
#include "oci/runtime_spec.h"

namespace tare::oci {

using codec::JsonReader;

Result<void> decode(const JsonReader& json, ConsoleSize& size);
Result<void> decode(const JsonReader& json, User& user);
Result<void> decode(const JsonReader& json, Capabilities& capabilities);
Result<void> decode(const JsonReader& json, Rlimit& rlimit);
Result<void> decode(const JsonReader& json, Process& process);
Result<void> decode(const JsonReader& json, Root& root);
Result<void> decode(const JsonReader& json, Mount& mount);
Result<void> decode(const JsonReader& json, Hook& hook);
Result<void> decode(const JsonReader& json, Hooks& hooks);
Result<void> decode(const JsonReader& json, NamespaceType& type);
Result<void> decode(const JsonReader& json, Namespace& space);
Result<void> decode(const JsonReader& json, IdMapping& mapping);
Result<void> decode(const JsonReader& json, Device& device);
Result<void> decode(const JsonReader& json, DeviceRule& rule);
Result<void> decode(const JsonReader& json, MemoryLimits& memory);
Result<void> decode(const JsonReader& json, CpuLimits& cpu);
Result<void> decode(const JsonReader& json, WeightDevice& device);
Result<void> decode(const JsonReader& json, ThrottleDevice& device);
Result<void> decode(const JsonReader& json, BlockIoLimits& block_io);
Result<void> decode(const JsonReader& json, HugepageLimit& limit);
Result<void> decode(const JsonReader& json, Resources& resources);
Result<void> decode(const JsonReader& json, SeccompArgument& argument);
Result<void> decode(const JsonReader& json, SeccompRule& rule);
Result<void> decode(const JsonReader& json, Seccomp& seccomp);
Result<void> decode(const JsonReader& json, LinuxSection& section);

namespace {

Result<void> decode(const JsonReader& json, std::string& text) {
  text = TRY(json.as_string());
  return {};
}

Result<void> decode(const JsonReader& json, bool& value) {
  value = TRY(json.as_boolean());
  return {};
}

Result<void> decode(const JsonReader& json, std::map<std::string, std::string>& map) {
  map = TRY(json.as_string_map());
  return {};
}

template <typename T>
requires(std::is_integral_v<T>&& std::is_unsigned_v<T>) Result<void> decode(const JsonReader& json, T& number) {
  const uint64_t value = TRY(json.as_unsigned());
  if (value > std::numeric_limits<T>::max()) return json.error("the number is too large");
  number = static_cast<T>(value);
  return {};
}

template <typename T>
requires(std::is_integral_v<T>&& std::is_signed_v<T>) Result<void> decode(const JsonReader& json, T& number) {
  const int64_t value = TRY(json.as_integer());
  if (value > std::numeric_limits<T>::max() || value < std::numeric_limits<T>::min()) {
    return json.error("the number is too large");
  }
  number = static_cast<T>(value);
  return {};
}

template <typename T>
Result<void> decode(const JsonReader& json, std::optional<T>& field) {
  T value{};
  TRY(decode(json, value));
  field = std::move(value);
  return {};
}

template <typename T>
Result<void> decode(const JsonReader& json, std::vector<T>& list) {
  list.clear();
  for (const auto& element : TRY(json.as_elements())) {
    T value{};
    TRY(decode(element, value));
    list.push_back(std::move(value));
  }
  return {};
}

template <typename T>
Result<void> take(const JsonReader& object, const char* key, T& field) {
  const auto member = TRY(object.find(key));
  if (!member) return {};
  return decode(*member, field);
}

template <typename T>
Result<void> take_required(const JsonReader& object, const char* key, T& field) {
  const auto member = TRY(object.require(key));
  return decode(member, field);
}

// Names what the specification knows and these types do not hold.
Result<void> note_unsupported(const JsonReader& object, std::initializer_list<const char*> keys,
                              std::vector<std::string>& names) {
  for (const char* key : keys) {
    const auto member = TRY(object.find(key));
    if (member) names.push_back(member->path());
  }
  return {};
}

constexpr const char* kNamespaceNames[] = {"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"};

}  // namespace

Result<void> decode(const JsonReader& json, ConsoleSize& size) {
  TRY(take(json, "height", size.height));
  return take(json, "width", size.width);
}

Result<void> decode(const JsonReader& json, User& user) {
  TRY(take(json, "uid", user.uid));
  TRY(take(json, "gid", user.gid));
  TRY(take(json, "umask", user.umask));
  return take(json, "additionalGids", user.additional_gids);
}

Result<void> decode(const JsonReader& json, Capabilities& capabilities) {
  TRY(take(json, "bounding", capabilities.bounding));
  TRY(take(json, "effective", capabilities.effective));
  TRY(take(json, "inheritable", capabilities.inheritable));
  TRY(take(json, "permitted", capabilities.permitted));
  return take(json, "ambient", capabilities.ambient);
}

Result<void> decode(const JsonReader& json, Rlimit& rlimit) {
  TRY(take_required(json, "type", rlimit.type));
  TRY(take(json, "soft", rlimit.soft));
  return take(json, "hard", rlimit.hard);
}

Result<void> decode(const JsonReader& json, Process& process) {
  TRY(take(json, "terminal", process.terminal));
  TRY(take(json, "consoleSize", process.console_size));
  TRY(take(json, "user", process.user));
  TRY(take(json, "args", process.args));
  TRY(take(json, "env", process.env));
  TRY(take(json, "cwd", process.cwd));
  TRY(take(json, "capabilities", process.capabilities));
  TRY(take(json, "rlimits", process.rlimits));
  TRY(take(json, "noNewPrivileges", process.no_new_privileges));
  TRY(take(json, "oomScoreAdj", process.oom_score_adj));
  TRY(take(json, "apparmorProfile", process.apparmor_profile));
  TRY(take(json, "selinuxLabel", process.selinux_label));
  return note_unsupported(json, {"scheduler", "ioPriority", "execCPUAffinity"}, process.unsupported);
}

Result<void> decode(const JsonReader& json, Root& root) {
  TRY(take(json, "path", root.path));
  return take(json, "readonly", root.readonly);
}

Result<void> decode(const JsonReader& json, Mount& mount) {
  TRY(take_required(json, "destination", mount.destination));
  TRY(take(json, "type", mount.type));
  TRY(take(json, "source", mount.source));
  return take(json, "options", mount.options);
}

Result<void> decode(const JsonReader& json, Hook& hook) {
  TRY(take_required(json, "path", hook.path));
  TRY(take(json, "args", hook.args));
  TRY(take(json, "env", hook.env));
  return take(json, "timeout", hook.timeout);
}

Result<void> decode(const JsonReader& json, Hooks& hooks) {
  TRY(take(json, "prestart", hooks.prestart));
  TRY(take(json, "createRuntime", hooks.create_runtime));
  TRY(take(json, "createContainer", hooks.create_container));
  TRY(take(json, "startContainer", hooks.start_container));
  TRY(take(json, "poststart", hooks.poststart));
  return take(json, "poststop", hooks.poststop);
}

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

Result<void> decode(const JsonReader& json, DeviceRule& rule) {
  TRY(take(json, "allow", rule.allow));
  TRY(take(json, "type", rule.type));
  TRY(take(json, "major", rule.major));
  TRY(take(json, "minor", rule.minor));
  return take(json, "access", rule.access);
}

Result<void> decode(const JsonReader& json, MemoryLimits& memory) {
  TRY(take(json, "limit", memory.limit));
  TRY(take(json, "reservation", memory.reservation));
  TRY(take(json, "swap", memory.swap));
  TRY(take(json, "kernel", memory.kernel));
  TRY(take(json, "kernelTCP", memory.kernel_tcp));
  TRY(take(json, "swappiness", memory.swappiness));
  TRY(take(json, "disableOOMKiller", memory.disable_oom_killer));
  return take(json, "checkBeforeUpdate", memory.check_before_update);
}

Result<void> decode(const JsonReader& json, CpuLimits& cpu) {
  TRY(take(json, "shares", cpu.shares));
  TRY(take(json, "quota", cpu.quota));
  TRY(take(json, "burst", cpu.burst));
  TRY(take(json, "period", cpu.period));
  TRY(take(json, "realtimeRuntime", cpu.realtime_runtime));
  TRY(take(json, "realtimePeriod", cpu.realtime_period));
  TRY(take(json, "cpus", cpu.cpus));
  TRY(take(json, "mems", cpu.mems));
  return take(json, "idle", cpu.idle);
}

Result<void> decode(const JsonReader& json, WeightDevice& device) {
  TRY(take_required(json, "major", device.major));
  TRY(take_required(json, "minor", device.minor));
  TRY(take(json, "weight", device.weight));
  return take(json, "leafWeight", device.leaf_weight);
}

Result<void> decode(const JsonReader& json, ThrottleDevice& device) {
  TRY(take_required(json, "major", device.major));
  TRY(take_required(json, "minor", device.minor));
  return take_required(json, "rate", device.rate);
}

Result<void> decode(const JsonReader& json, BlockIoLimits& block_io) {
  TRY(take(json, "weight", block_io.weight));
  TRY(take(json, "leafWeight", block_io.leaf_weight));
  TRY(take(json, "weightDevice", block_io.weight_device));
  TRY(take(json, "throttleReadBpsDevice", block_io.read_bps));
  TRY(take(json, "throttleWriteBpsDevice", block_io.write_bps));
  TRY(take(json, "throttleReadIOPSDevice", block_io.read_iops));
  return take(json, "throttleWriteIOPSDevice", block_io.write_iops);
}

Result<void> decode(const JsonReader& json, HugepageLimit& limit) {
  TRY(take_required(json, "pageSize", limit.page_size));
  return take_required(json, "limit", limit.limit);
}

Result<void> decode(const JsonReader& json, Resources& resources) {
  TRY(take(json, "devices", resources.devices));
  TRY(take(json, "memory", resources.memory));
  TRY(take(json, "cpu", resources.cpu));
  const auto pids = TRY(json.find("pids"));
  if (pids) TRY(take(*pids, "limit", resources.pids_limit));
  TRY(take(json, "blockIO", resources.block_io));
  TRY(take(json, "hugepageLimits", resources.hugepage_limits));
  return take(json, "unified", resources.unified);
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
  TRY(take(json, "defaultErrnoRet", seccomp.default_errno_ret));
  TRY(take(json, "architectures", seccomp.architectures));
  TRY(take(json, "flags", seccomp.flags));
  TRY(take(json, "listenerPath", seccomp.listener_path));
  TRY(take(json, "listenerMetadata", seccomp.listener_metadata));
  return take(json, "syscalls", seccomp.syscalls);
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
  return take(json, "mountLabel", section.mount_label);
}

namespace {

Result<void> note_unsupported_sections(const JsonReader& root, RuntimeSpec& spec) {
  TRY(note_unsupported(root, {"vm", "windows", "solaris", "zos"}, spec.unsupported));
  for (const auto& mount : TRY(root.elements("mounts"))) {
    TRY(note_unsupported(mount, {"uidMappings", "gidMappings"}, spec.unsupported));
  }
  const auto section = TRY(root.find("linux"));
  if (!section) return {};
  TRY(note_unsupported(*section, {"intelRdt", "personality", "timeOffsets", "netDevices", "memoryPolicy"},
                       spec.unsupported));
  const auto resources = TRY(section->find("resources"));
  if (!resources) return {};
  return note_unsupported(*resources, {"network", "rdma"}, spec.unsupported);
}

}  // namespace

Result<RuntimeSpec> RuntimeSpec::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  const JsonReader root(document);
  RuntimeSpec spec;
  TRY(take_required(root, "ociVersion", spec.oci_version));
  TRY(take(root, "process", spec.process));
  TRY(take(root, "root", spec.root));
  TRY(take(root, "hostname", spec.hostname));
  TRY(take(root, "domainname", spec.domainname));
  TRY(take(root, "mounts", spec.mounts));
  TRY(take(root, "hooks", spec.hooks));
  TRY(take(root, "linux", spec.linux_section));
  TRY(take(root, "annotations", spec.annotations));
  TRY(note_unsupported_sections(root, spec));
  return spec;
}

Result<Process> Process::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  Process process;
  TRY(decode(JsonReader(document), process));
  return process;
}

Result<Resources> Resources::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  Resources resources;
  TRY(decode(JsonReader(document), resources));
  return resources;
}

std::string_view to_string(NamespaceType type) { return kNamespaceNames[static_cast<size_t>(type)]; }

}  // namespace tare::oci
