// ContainerInspect of Docker's API.
#include <algorithm>

#include "api/docker/resources_json.h"
#include "api/docker/shapes.h"
#include "codec/json.h"

namespace tare::api::docker {
namespace {

using codec::Json;
using engine::Container;
using engine::MountOption;

constexpr const char* kNever = "0001-01-01T00:00:00Z";

Json or_null(const std::vector<std::string>& list) { return list.empty() ? Json(nullptr) : Json(list); }

Json state_json(const engine::Engine& engine, const Container& container) {
  const auto& state = container.state;
  Json json = {{"Status", supervise::to_string(state.status)},
               {"Running", container.running()},
               {"Paused", state.status == supervise::Status::kPaused},
               {"Restarting", state.status == supervise::Status::kRestarting},
               {"OOMKilled", state.oom_killed},
               {"OOMKills", engine.oom_kills(container)},
               {"LastOOMKill", state.oom},
               {"Dead", false},
               {"Pid", container.running() ? state.pid : 0},
               {"ExitCode", state.exit_code},
               {"Error", state.error},
               {"StartedAt", state.started_at.empty() ? kNever : state.started_at},
               {"FinishedAt", state.finished_at.empty() ? kNever : state.finished_at}};
  if (!state.health.empty()) json["Health"] = {{"Status", state.health}};
  return json;
}

std::string port_key(const network::PortMapping& port) {
  return formatted("{}/{}", port.container_port, network::to_string(port.protocol));
}

Json binding(const network::PortMapping& port) {
  return {{"HostIp", network::to_string(port.host_address)}, {"HostPort", std::to_string(port.host_port)}};
}

// What was asked for: host ports that were left out are empty.
Json port_bindings(const engine::ContainerOptions& options) {
  Json json = Json::object();
  for (const auto& spec : options.ports) {
    auto entry = binding(spec.mapping);
    if (spec.mapping.host_port == 0) entry["HostPort"] = "";
    if (spec.mapping.host_address.any()) entry["HostIp"] = "";
    json[port_key(spec.mapping)].push_back(entry);
  }
  return json;
}

Json published_ports(const Container& container) {
  Json json = Json::object();
  for (const auto& exposed : container.record.exposed_ports) json[exposed] = nullptr;
  for (const auto& endpoint : container.endpoints) {
    for (const auto& port : endpoint.ports) {
      auto& list = json[port_key(port)];
      if (list.is_null()) list = Json::array();
      list.push_back(binding(port));
    }
  }
  return json;
}

Json endpoint_json(const engine::EndpointRecord& endpoint, const Container& container) {
  return {{"NetworkID", endpoint.network_id},
          {"EndpointID", container.record.id},
          {"Gateway", endpoint.gateway},
          {"IPAddress", endpoint.address},
          {"IPPrefixLen", endpoint.prefix_length},
          {"IPv6Gateway", ""},
          {"GlobalIPv6Address", ""},
          {"GlobalIPv6PrefixLen", 0},
          {"MacAddress", endpoint.mac},
          {"Aliases", or_null(container.record.options.network_aliases)}};
}

std::string network_mode(const Container& container) {
  const auto& mode = container.record.options.network;
  return mode == engine::kDefaultNetwork ? "default" : mode;
}

Json network_settings(const Container& container) {
  Json networks = Json::object();
  for (const auto& endpoint : container.endpoints) networks[endpoint.network_name] = endpoint_json(endpoint, container);
  const auto& mode = container.record.options.network;
  if (mode == "host" || mode == "none") networks[mode] = endpoint_json({}, container);
  const auto first = container.endpoints.empty() ? engine::EndpointRecord{} : container.endpoints.front();
  return {{"SandboxKey", container.running() ? formatted("/proc/{}/ns/net", container.state.pid) : ""},
          {"Ports", published_ports(container)},
          {"Gateway", first.gateway},
          {"IPAddress", first.address},
          {"IPPrefixLen", first.prefix_length},
          {"MacAddress", first.mac},
          {"Networks", networks}};
}

const char* restart_name(supervise::Restart when) {
  switch (when) {
    case supervise::Restart::kOnFailure:
      return "on-failure";
    case supervise::Restart::kAlways:
      return "always";
    case supervise::Restart::kUnlessStopped:
      return "unless-stopped";
    case supervise::Restart::kNo:
      break;
  }
  return "no";
}

Json log_config(const engine::ContainerOptions& options) {
  return {{"Type", options.log_driver},
          {"Config",
           {{"max-size", std::to_string(options.log.maximum_file_size)},
            {"max-file", std::to_string(options.log.maximum_files)}}}};
}

std::vector<std::string> binds(const engine::ContainerOptions& options) {
  std::vector<std::string> texts;
  for (const auto& mount : options.mounts) {
    if (mount.type == MountOption::Type::kTmpfs || mount.source.empty()) continue;
    texts.push_back(formatted("{}:{}{}", mount.source, mount.target, mount.read_only ? ":ro" : ""));
  }
  return texts;
}

Json device_requests(const engine::ContainerOptions& options) {
  if (options.cdi_devices.empty()) return nullptr;
  return Json::array({{{"Driver", "cdi"},
                       {"Count", 0},
                       {"DeviceIDs", options.cdi_devices},
                       {"Capabilities", nullptr},
                       {"Options", Json::object()}}});
}

Json host_config(const Container& container) {
  const auto& options = container.record.options;
  auto json = resources_json(options.resources);
  json.update({{"Binds", or_null(binds(options))},
               {"NetworkMode", network_mode(container)},
               {"PortBindings", port_bindings(options)},
               {"PublishAllPorts", options.publish_all},
               {"RestartPolicy",
                {{"Name", restart_name(options.restart.when)}, {"MaximumRetryCount", options.restart.maximum_retries}}},
               {"AutoRemove", options.auto_remove},
               {"Init", options.init},
               {"CapAdd", or_null(options.cap_add)},
               {"CapDrop", or_null(options.cap_drop)},
               {"Dns", options.dns},
               {"DnsSearch", options.dns_search},
               {"ExtraHosts", or_null(options.extra_hosts)},
               {"GroupAdd", or_null(options.group_add)},
               {"IpcMode", options.ipc_mode.empty() ? "private" : options.ipc_mode},
               {"PidMode", options.pid_mode},
               {"UTSMode", options.uts_mode},
               {"UsernsMode", options.userns_mode},
               {"Privileged", options.privileged},
               {"ReadonlyRootfs", options.read_only},
               {"SecurityOpt", or_null(options.security_options)},
               {"CgroupParent", options.cgroup_parent},
               {"Runtime", options.runtime.empty() ? "tare" : options.runtime},
               {"CgroupnsMode", options.cgroup_mode.empty() ? "private" : options.cgroup_mode},
               {"Devices", devices_json(options)},
               {"DeviceRequests", device_requests(options)},
               {"DeviceCgroupRules", or_null(options.device_cgroup_rules)},
               {"StorageOpt", options.storage_options.empty() ? Json(nullptr) : Json(options.storage_options)},
               {"Sysctls", options.sysctls},
               {"LogConfig", log_config(options)}});
  return json;
}

Json health_json(const oci::Healthcheck& check) {
  return {{"Test", check.test},
          {"Interval", check.interval},
          {"Timeout", check.timeout},
          {"StartPeriod", check.start_period},
          {"Retries", check.retries}};
}

Json config_json(const Container& container) {
  const auto& record = container.record;
  const auto& options = record.options;
  Json exposed = Json::object();
  for (const auto& port : record.exposed_ports) exposed[port] = Json::object();
  Json json = {{"Hostname", options.hostname.empty() ? record.id.substr(0, 12) : options.hostname},
               {"Domainname", options.domainname},
               {"User", record.user},
               {"AttachStdin", options.attach_stdin},
               {"AttachStdout", options.attach_stdout},
               {"AttachStderr", options.attach_stderr},
               {"ExposedPorts", exposed},
               {"Tty", options.terminal},
               {"OpenStdin", options.open_stdin},
               {"StdinOnce", options.open_stdin && options.attach_stdin},
               {"Env", record.env},
               {"Cmd", or_null(options.command)},
               {"Image", options.image},
               {"WorkingDir", record.working_dir},
               {"Entrypoint", options.entrypoint ? Json(*options.entrypoint) : Json(nullptr)},
               {"Labels", record.labels}};
  if (!record.stop_signal.empty()) json["StopSignal"] = record.stop_signal;
  if (options.stop_timeout) json["StopTimeout"] = *options.stop_timeout;
  if (options.healthcheck) json["Healthcheck"] = health_json(*options.healthcheck);
  return json;
}

Json mount_json(const engine::Engine& engine, const MountOption& mount) {
  const bool volume = mount.type == MountOption::Type::kVolume;
  Json json = {{"Type", volume                                   ? "volume"
                        : mount.type == MountOption::Type::kBind ? "bind"
                                                                 : "tmpfs"},
               {"Source", volume ? formatted("{}/volumes/{}/_data", engine.paths().data, mount.source) : mount.source},
               {"Destination", mount.target},
               {"Mode", mount.read_only ? "ro" : ""},
               {"RW", !mount.read_only},
               {"Propagation", mount.type == MountOption::Type::kBind ? "rprivate" : ""}};
  if (volume) json.update({{"Name", mount.source}, {"Driver", "local"}});
  return json;
}

}  // namespace

Result<std::string> container_json(engine::Engine& engine, const Container& container) {
  const auto& record = container.record;
  const auto directory = engine.paths().containers() + "/" + record.id;
  const auto upper = directory + (record.options.storage_options.empty() ? "/upper" : "/disk/upper");
  Json mounts = Json::array();
  for (const auto& mount : record.options.mounts) mounts.push_back(mount_json(engine, mount));
  const Json json = {{"Id", record.id},
                     {"Created", record.created},
                     {"Path", record.path},
                     {"Args", record.arguments},
                     {"State", state_json(engine, container)},
                     {"Image", record.config_digest},
                     {"ResolvConfPath", directory + "/resolv.conf"},
                     {"HostnamePath", directory + "/hostname"},
                     {"HostsPath", directory + "/hosts"},
                     {"LogPath", engine.log_directory(record.id)},
                     {"Name", "/" + container.name},
                     {"RestartCount", container.state.restart_count},
                     {"Driver", "overlay2"},
                     {"Platform", "linux"},
                     {"MountLabel", ""},
                     {"ProcessLabel", ""},
                     {"AppArmorProfile", ""},
                     {"HostConfig", host_config(container)},
                     {"GraphDriver", {{"Name", "overlay2"}, {"Data", {{"UpperDir", upper}}}}},
                     {"Mounts", mounts},
                     {"Config", config_json(container)},
                     {"NetworkSettings", network_settings(container)}};
  return codec::dump_json(json);
}

}  // namespace tare::api::docker
