// What a user asks of a container: the options of `run` and `create`, with Docker's meanings and defaults. An empty or
// absent value means "as the image says", then "as Docker would". Checked by check_options before anything is made.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "network/port_mapping.h"
#include "oci/image_config.h"
#include "supervise/config.h"

namespace tare::engine {

// Limits; nothing means unlimited. What this host cannot enforce fails the start by name.
struct Resources {
  std::optional<int64_t> nano_cpus;  // --cpus × 10⁹
  std::optional<uint64_t> cpu_shares;
  std::optional<int64_t> cpu_quota;             // µs
  std::optional<uint64_t> cpu_period;           // µs
  std::optional<uint64_t> cpu_realtime_period;  // µs
  std::optional<int64_t> cpu_realtime_runtime;  // µs
  std::string cpuset_cpus;
  std::string cpuset_mems;
  std::optional<int64_t> memory;              // bytes
  std::optional<int64_t> memory_swap;         // bytes of memory and swap together; -1: unlimited swap
  std::optional<int64_t> memory_reservation;  // bytes
  std::optional<uint64_t> memory_swappiness;  // 0 … 100
  std::optional<int64_t> pids_limit;          // -1 (and 0): none
  bool oom_kill_disable = false;
  std::optional<int> oom_score_adj;
  struct Ulimit {
    std::string name;  // "nofile"
    uint64_t soft = 0;
    uint64_t hard = 0;
    bool operator==(const Ulimit&) const = default;
  };
  std::vector<Ulimit> ulimits;
  std::optional<uint64_t> shm_size;      // bytes of /dev/shm; 64 MiB by default
  std::optional<uint16_t> block_weight;  // 10 … 1000
  struct DeviceValue {
    std::string path;    // of the host's block device
    uint64_t value = 0;  // weight, bytes or operations per second
    bool operator==(const DeviceValue&) const = default;
  };
  std::vector<DeviceValue> block_weight_devices;
  std::vector<DeviceValue> device_read_bps;
  std::vector<DeviceValue> device_write_bps;
  std::vector<DeviceValue> device_read_iops;
  std::vector<DeviceValue> device_write_iops;
  bool operator==(const Resources&) const = default;
};

struct MountOption {
  enum class Type { kBind, kVolume, kTmpfs };
  Type type = Type::kBind;
  std::string source;  // bind: absolute host path; volume: its name, empty for an anonymous one
  std::string target;  // absolute path in the container
  bool read_only = false;
  std::vector<std::string> options;  // propagation, "nocopy", tmpfs options
  bool operator==(const MountOption&) const = default;
};

struct DeviceOption {
  std::string host_path;
  std::string container_path;
  std::string permissions = "rwm";
  bool operator==(const DeviceOption&) const = default;
};

struct ContainerOptions {
  std::string image;  // as the user typed it
  std::string name;   // empty: one is made up
  std::vector<std::string> command;
  std::optional<std::vector<std::string>> entrypoint;
  std::vector<std::string> env;  // "NAME=value"
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string user;
  std::vector<std::string> group_add;
  std::string working_dir;
  std::string hostname;
  std::string domainname;
  bool terminal = false;
  bool open_stdin = false;
  // What the creator attaches to. Standard input then closes with him.
  bool attach_stdin = false;
  bool attach_stdout = false;
  bool attach_stderr = false;
  Resources resources;

  std::string network = "default";  // "none", "host", "default"/"bridge", "container:NAME", or a network's name
  std::vector<std::string> network_aliases;
  std::string address;  // --ip
  std::vector<network::PortSpec> ports;
  std::vector<std::string> expose;
  bool publish_all = false;
  std::vector<std::string> dns;
  std::vector<std::string> dns_search;
  std::vector<std::string> extra_hosts;  // "name:address"

  std::vector<MountOption> mounts;
  std::map<std::string, std::string> storage_options;  // "size", as the user typed it
  std::vector<DeviceOption> devices;
  std::vector<std::string> cdi_devices;          // "vendor.com/class=name"
  std::vector<std::string> device_cgroup_rules;  // "c 1:3 mr"
  bool read_only = false;
  bool init = false;  // tare-init as the first process, which starts the command
  bool privileged = false;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::vector<std::string> security_options;  // "no-new-privileges", "seccomp=unconfined", "seccomp=FILE"
  std::map<std::string, std::string> sysctls;
  std::string pid_mode;     // "" or "host" or "container:NAME"
  std::string ipc_mode;     // "" or "host", "private", "shareable", "container:NAME"
  std::string uts_mode;     // "" or "host"
  std::string userns_mode;  // "" or "host", "auto", "auto:size=N"
  std::string runtime;      // an OCI runtime's program: absolute path or name; "" or "tare": our own
  std::string cgroup_mode;  // "" or "private", "host"
  std::string cgroup_parent;

  bool auto_remove = false;
  supervise::RestartPolicy restart;
  std::string stop_signal;
  std::optional<int> stop_timeout;  // seconds; 10 by default, -1: wait for ever
  supervise::LogOptions log;
  std::string log_driver = "json-file";  // as `inspect` shows it; "none" keeps nothing
  std::optional<oci::Healthcheck> healthcheck;

  static Result<ContainerOptions> parse(std::string_view json);  // as in container.json
  std::string to_json() const;
  bool operator==(const ContainerOptions&) const = default;
};

Result<void> check_resources(const Resources& resources);
// Contradictions and impossible values, each named with what to do, as Docker's daemon refuses them.
Result<void> check_options(const ContainerOptions& options);

// [a-zA-Z0-9][a-zA-Z0-9_.-]*, as Docker names containers, networks and volumes.
Result<void> check_name(std::string_view name, std::string_view kind);

// "TERM", "SIGTERM", "15" → 15.
Result<int> parse_signal(std::string_view text);

}  // namespace tare::engine
