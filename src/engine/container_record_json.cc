// container.json: the field names of the structs; absent fields are the defaults.
#include "engine/container.h"
#include "engine/container_update.h"
#include "engine/network_types_json.h"
#include "engine/optional_json.h"
#include "engine/own_json.h"

namespace tare::oci {
TARE_JSON_FIELDS(Healthcheck, test, interval, timeout, start_period, retries)
}

namespace tare::supervise {
NLOHMANN_JSON_SERIALIZE_ENUM(Restart, {{Restart::kNo, "no"},
                                       {Restart::kOnFailure, "on-failure"},
                                       {Restart::kAlways, "always"},
                                       {Restart::kUnlessStopped, "unless-stopped"}})
TARE_JSON_FIELDS(RestartPolicy, when, maximum_retries)
TARE_JSON_FIELDS(LogOptions, keep, maximum_file_size, maximum_files)
}  // namespace tare::supervise

namespace tare::engine {

NLOHMANN_JSON_SERIALIZE_ENUM(MountOption::Type, {{MountOption::Type::kBind, "bind"},
                                                 {MountOption::Type::kVolume, "volume"},
                                                 {MountOption::Type::kTmpfs, "tmpfs"}})
TARE_JSON_FIELDS(MountOption, type, source, target, read_only, options)
TARE_JSON_FIELDS(DeviceOption, host_path, container_path, permissions)
TARE_JSON_FIELDS(Resources::Ulimit, name, soft, hard)
TARE_JSON_FIELDS(Resources::DeviceValue, path, value)
TARE_JSON_FIELDS(Resources, nano_cpus, cpu_shares, cpu_quota, cpu_period, cpu_realtime_period, cpu_realtime_runtime,
                 cpuset_cpus, cpuset_mems, memory, memory_swap, memory_reservation, memory_swappiness, pids_limit,
                 oom_kill_disable, oom_score_adj, ulimits, shm_size, block_weight, block_weight_devices,
                 device_read_bps, device_write_bps, device_read_iops, device_write_iops)
TARE_JSON_FIELDS(ContainerOptions, image, name, command, entrypoint, env, labels, annotations, user, group_add,
                 working_dir, hostname, domainname, terminal, open_stdin, attach_stdin, attach_stdout, attach_stderr,
                 resources, network, network_aliases, address, ports, expose, publish_all, dns, dns_search, extra_hosts,
                 mounts, storage_options, devices, cdi_devices, device_cgroup_rules, read_only, init, privileged,
                 cap_add, cap_drop, security_options, sysctls, pid_mode, ipc_mode, uts_mode, userns_mode, runtime,
                 cgroup_mode, cgroup_parent, auto_remove, restart, stop_signal, stop_timeout, log, log_driver,
                 healthcheck)

TARE_JSON_FIELDS(ContainerRecord, id, created, options, image_reference, manifest_digest, config_digest, diff_ids, path,
                 arguments, env, working_dir, user, stop_signal, labels, exposed_ports, anonymous_volumes)

TARE_JSON_FIELDS(UpdatedOptions, resources, restart)

Result<UpdatedOptions> UpdatedOptions::parse(std::string_view text) {
  return parse_own_json<UpdatedOptions>(text, "update.json");
}

std::string UpdatedOptions::to_json() const { return nlohmann::json(*this).dump(); }

Result<ContainerOptions> ContainerOptions::parse(std::string_view text) {
  return parse_own_json<ContainerOptions>(text, "container options");
}

std::string ContainerOptions::to_json() const { return nlohmann::json(*this).dump(); }

Result<ContainerRecord> ContainerRecord::parse(std::string_view text) {
  return parse_own_json<ContainerRecord>(text, "container.json");
}

std::string ContainerRecord::to_json() const { return nlohmann::json(*this).dump(); }

}  // namespace tare::engine
