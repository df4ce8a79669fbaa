// From what a user asked for to the OCI runtime configuration: pure, so that every option has a test without root.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/cdi_spec.h"
#include "engine/container.h"
#include "engine/id_range.h"
#include "oci/runtime_spec.h"
#include "runtime/user_lookup.h"

namespace tare::engine {

struct DeviceNumber {
  int64_t major = 0;
  int64_t minor = 0;
};

struct HostDevice {
  std::string host_path;
  oci::Device node;  // as the container sees it
};

// What the configuration depends on beside the record: facts that were read just before.
struct SpecFacts {
  std::string data_directory;  // holds hostname, hosts and resolv.conf, which are bind-mounted
  std::string upper_directory;
  runtime::ResolvedUser user;
  bool rootless = false;
  std::string cgroup_path;      // empty: no group of its own (an ordinary user)
  bool swap_accounting = true;  // whether this kernel can limit swap per group
  // Namespaces of other containers or the host, by option: "/proc/PID/ns/pid"; empty: as the options say.
  std::string joined_pid_namespace;
  std::string joined_ipc_namespace;
  std::vector<oci::Mount> volume_mounts;  // binds of volumes, with their host paths
  // Of --device, in its order: the nodes with the numbers of the host's, several where a directory was named.
  std::vector<std::vector<HostDevice>> devices;
  std::string init_program;  // of --init: where tare-init is on the host
  std::vector<CdiEdits> cdi_edits;
  std::vector<oci::Device> host_devices;              // of --privileged
  std::optional<IdRange> id_range;                    // of --userns=auto
  std::map<std::string, DeviceNumber> block_devices;  // the limited ones, by their path
};

// kInvalidArgument and kUnsupported name the option.
Result<oci::RuntimeSpec> plan_spec(const ContainerRecord& record, const SpecFacts& facts);

// What a control group is to enforce, without its devices (resource_spec.cc). `update` plans what it changes with it.
Result<oci::Resources> plan_limits(const Resources& wanted, const SpecFacts& facts);
Result<void> plan_devices(oci::RuntimeSpec& spec, const ContainerOptions& options, const SpecFacts& facts);
// "c 1:3 mr", as Docker writes it.
Result<oci::DeviceRule> parse_device_rule(const std::string& text);

// "CAP_NET_ADMIN" from "net_admin"; the default set with --cap-add and --cap-drop applied, ALL included.
Result<std::vector<std::string>> plan_capabilities(const ContainerOptions& options);

}  // namespace tare::engine
