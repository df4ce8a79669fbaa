#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "codec/json.h"
#include "engine/cdi_name.h"
#include "engine/cdi_spec.h"
#include "engine/yaml_json.h"

namespace tare::engine {
namespace {

using codec::Json;
using codec::JsonReader;

// MAJOR × 100 + MINOR: patches of the specification change nothing in it.
using Version = int;
constexpr Version kOldest = 1;
constexpr Version kNewest = 101;

Result<Version> parse_version(const JsonReader& root) {
  const auto text = TRY(root.string("cdiVersion"));
  const auto parts = split(text, '.');
  const auto major = parse_unsigned(parts.front());
  const auto minor = parts.size() == 3 ? parse_unsigned(parts[1]) : std::nullopt;
  if (!major || !minor || *major > 99 || *minor > 99)
    return root.error(formatted("cdiVersion: {} is no version", text));
  const auto version = static_cast<Version>(*major * 100 + *minor);
  if (version >= kOldest && version <= kNewest) return version;
  return Failure(ErrorKind::kUnsupported, "cdiVersion {} is not supported: 0.1.0 to 1.1.0 are", text);
}

struct Field {
  std::string_view name;
  Version since = 0;
};

// Every member is known, and was already in the version of the file.
Result<void> check_fields(const JsonReader& object, Version version, std::initializer_list<Field> fields) {
  for (const auto& [name, value] : TRY(object.as_members())) {
    const auto known =
        std::find_if(fields.begin(), fields.end(), [&, &key = name](const auto& field) { return field.name == key; });
    if (known == fields.end()) return object.error(formatted("{}: there is no such field", name));
    if (known->since > version) {
      return object.error(formatted("{}: needs cdiVersion {}.{}.0", name, known->since / 100, known->since % 100));
    }
  }
  return {};
}

Result<std::string> read_name(const JsonReader& object, std::string_view key) {
  auto text = TRY(object.string(key));
  if (text.empty()) return object.error(formatted("{}: is empty", key));
  return text;
}

Result<std::vector<std::string>> read_env(const JsonReader& object) {
  auto env = TRY(object.strings("env"));
  for (const auto& entry : env) {
    if (entry.find('=') == std::string::npos || entry.starts_with('=')) {
      return object.error(formatted("env: \"{}\" is no NAME=VALUE", entry));
    }
  }
  return env;
}

Result<uint32_t> as_id(const JsonReader& value) {
  const auto number = TRY(value.as_unsigned());
  if (number > UINT32_MAX) return value.error("is too large");
  return static_cast<uint32_t>(number);
}

Result<std::optional<uint32_t>> read_id(const JsonReader& object, std::string_view key) {
  const auto value = TRY(object.find(key));
  if (!value) return std::optional<uint32_t>();
  return std::optional(TRY(as_id(*value)));
}

Result<CdiDeviceNode> read_node(const JsonReader& from, Version version) {
  TRY(check_fields(
      from, version,
      {{"path"}, {"hostPath", 5}, {"type"}, {"major"}, {"minor"}, {"fileMode"}, {"permissions"}, {"uid"}, {"gid"}}));
  CdiDeviceNode node{.path = TRY(read_name(from, "path"))};
  node.host_path = TRY(from.string_or("hostPath", node.path));
  node.type = TRY(from.string_or("type", ""));
  node.major = TRY(from.integer_or("major", 0));
  node.minor = TRY(from.integer_or("minor", 0));
  node.file_mode = TRY(read_id(from, "fileMode"));
  node.permissions = TRY(from.string_or("permissions", ""));
  node.uid = TRY(read_id(from, "uid"));
  node.gid = TRY(read_id(from, "gid"));
  if (!node.path.starts_with('/') || !node.host_path.starts_with('/')) return from.error("its paths are not absolute");
  constexpr std::array<std::string_view, 5> kTypes = {"", "b", "c", "u", "p"};
  if (std::find(kTypes.begin(), kTypes.end(), node.type) == kTypes.end()) {
    return from.error(formatted("type: {} is no device type", node.type));
  }
  // -1 would be all of them.
  if (node.major < 0 || node.minor < 0) return from.error("major and minor are not negative");
  if (node.permissions != "none" && node.permissions.find_first_not_of("rwm") != std::string::npos) {
    return from.error(formatted("permissions: {} has more than r, w and m", node.permissions));
  }
  return node;
}

Result<oci::Mount> read_mount(const JsonReader& from, Version version) {
  TRY(check_fields(from, version, {{"hostPath"}, {"containerPath"}, {"type", 4}, {"options"}}));
  oci::Mount mount;
  mount.destination = TRY(read_name(from, "containerPath"));
  mount.source = TRY(read_name(from, "hostPath"));
  if (!mount.destination.starts_with('/')) return from.error("containerPath: is not absolute");
  mount.type = TRY(from.string_or("type", ""));
  mount.options = TRY(from.strings("options"));
  if (mount.type.empty()) mount.type = "bind";
  const auto binds = [](const std::string& option) { return option == "bind" || option == "rbind"; };
  if (mount.type == "bind" && std::none_of(mount.options.begin(), mount.options.end(), binds)) {
    mount.options.emplace_back("rbind");
  }
  return mount;
}

Result<std::pair<std::string, oci::Hook>> read_hook(const JsonReader& from, Version version) {
  TRY(check_fields(from, version, {{"hookName"}, {"path"}, {"args"}, {"env"}, {"timeout"}}));
  constexpr std::array<std::string_view, 6> kPoints = {"prestart",       "createRuntime", "createContainer",
                                                       "startContainer", "poststart",     "poststop"};
  const auto point = TRY(from.string("hookName"));
  if (std::find(kPoints.begin(), kPoints.end(), point) == kPoints.end()) {
    return from.error(formatted("hookName: there is no {}", point));
  }
  oci::Hook hook;
  hook.path = TRY(read_name(from, "path"));
  hook.args = TRY(from.strings("args"));
  hook.env = TRY(read_env(from));
  if (!hook.path.starts_with('/')) return from.error("path: is not absolute");
  if (const auto timeout = TRY(from.find_integer("timeout"))) {
    if (*timeout < 0 || *timeout > 86'400) return from.error("timeout: expected seconds of a day");
    if (*timeout > 0) hook.timeout = static_cast<int>(*timeout);
  }
  return std::pair(point, hook);
}

Result<std::pair<std::string, std::string>> read_net_device(const JsonReader& from, Version version) {
  TRY(check_fields(from, version, {{"hostInterfaceName"}, {"name"}}));
  auto host_name = TRY(read_name(from, "hostInterfaceName"));
  return std::pair(std::move(host_name), TRY(read_name(from, "name")));
}

Result<oci::IntelRdt> read_rdt(const JsonReader& from, Version version) {
  TRY(check_fields(from, version,
                   {{"closID"},
                    {"l3CacheSchema"},
                    {"memBwSchema"},
                    {"schemata", 101},
                    {"enableMonitoring", 101},
                    {"enableCMT"},
                    {"enableMBM"}}));
  oci::IntelRdt rdt{.clos_id = TRY(from.string_or("closID", ""))};
  rdt.l3_cache_schema = TRY(from.string_or("l3CacheSchema", ""));
  rdt.mem_bw_schema = TRY(from.string_or("memBwSchema", ""));
  rdt.schemata = TRY(from.strings("schemata"));
  for (const char* key : {"enableMonitoring", "enableCMT", "enableMBM"}) {
    if (TRY(from.boolean_or(key, false))) rdt.enable_monitoring = true;
  }
  return rdt;
}

template <typename Value>
Result<void> read_list(const JsonReader& from, const char* key, Version version,
                       Result<Value> (*read)(const JsonReader&, Version), std::vector<Value>& values) {
  for (const auto& entry : TRY(from.elements(key))) values.push_back(TRY(read(entry, version)));
  return {};
}

Result<CdiEdits> read_edits(const JsonReader& owner, Version version) {
  CdiEdits edits;
  const auto from = TRY(owner.find("containerEdits"));
  if (!from) return edits;
  TRY(check_fields(*from, version,
                   {{"env"},
                    {"deviceNodes"},
                    {"netDevices", 101},
                    {"hooks"},
                    {"mounts"},
                    {"intelRdt", 7},
                    {"additionalGids", 7},
                    {"additionalGIDs", 7}}));
  edits.env = TRY(read_env(*from));
  TRY(read_list(*from, "deviceNodes", version, read_node, edits.device_nodes));
  TRY(read_list(*from, "netDevices", version, read_net_device, edits.net_devices));
  TRY(read_list(*from, "hooks", version, read_hook, edits.hooks));
  TRY(read_list(*from, "mounts", version, read_mount, edits.mounts));
  if (const auto rdt = TRY(from->find("intelRdt"))) edits.intel_rdt = TRY(read_rdt(*rdt, version));
  // The specification writes it both ways.
  for (const char* key : {"additionalGids", "additionalGIDs"}) {
    for (const auto& entry : TRY(from->elements(key))) edits.additional_gids.push_back(TRY(as_id(entry)));
  }
  return edits;
}

Result<void> check_name(const JsonReader& device, const std::string& name, Version version) {
  if (!is_cdi_device_name(name)) return device.error(formatted("name: \"{}\" is no name of a device", name));
  const bool starts_with_digit = name.front() >= '0' && name.front() <= '9';
  if (starts_with_digit && version < 5) return device.error("name: begins with a digit, which needs cdiVersion 0.5.0");
  return {};
}

Result<CdiSpec> read_spec(const JsonReader& root) {
  const Version version = TRY(parse_version(root));
  TRY(check_fields(root, version, {{"cdiVersion"}, {"kind"}, {"annotations", 6}, {"devices"}, {"containerEdits"}}));
  CdiSpec spec{.kind = TRY(root.string("kind"))};
  if (!is_cdi_kind(spec.kind)) return root.error(formatted("kind: \"{}\" is no vendor.com/class", spec.kind));
  if (version < 6 && spec.kind.find('.', spec.kind.find('/')) != std::string::npos) {
    return root.error("kind: has a dot in its class, which needs cdiVersion 0.6.0");
  }
  spec.edits = TRY(read_edits(root, version));
  for (const auto& entry : TRY(root.elements("devices"))) {
    TRY(check_fields(entry, version, {{"name"}, {"annotations", 6}, {"containerEdits"}}));
    CdiDevice device;
    device.name = TRY(entry.string("name"));
    device.edits = TRY(read_edits(entry, version));
    TRY(check_name(entry, device.name, version));
    const auto same = [&](const CdiDevice& other) { return other.name == device.name; };
    if (std::any_of(spec.devices.begin(), spec.devices.end(), same)) {
      return entry.error(formatted("name: {} is there twice", device.name));
    }
    spec.devices.push_back(std::move(device));
  }
  if (spec.devices.empty()) return root.error("devices: there is none");
  return spec;
}

}  // namespace

Result<CdiSpec> parse_cdi_spec(std::string_view text, CdiFormat format) {
  const Json document = TRY(format == CdiFormat::kYaml ? parse_yaml(text) : codec::parse_json(text));
  return read_spec(JsonReader(document));
}

}  // namespace tare::engine
