// The facts of this host that plans depend on.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"

namespace tare::runtime {

struct HostFacts {
  os::CgroupLayout cgroups;
  bool in_user_namespace = false;             // we are root only inside a user namespace
  uint64_t held_capabilities = ~uint64_t{0};  // what can be granted: all in a user namespace of the container's own
  // Looked at only when the configuration asks for something that depends on them.
  bool apparmor = false;
  bool selinux = false;
  bool time_namespaces = false;
  std::string resctrl;                      // where that file system is mounted; empty: nowhere
  std::set<std::string> resctrl_resources;  // what can be shared out there: "L3", "MB"
  std::set<std::string> network_devices;    // of those in linux.netDevices: the ones that there are
};

Result<HostFacts> read_host_facts(const oci::RuntimeSpec& spec);
void read_resctrl_facts(HostFacts& facts);
// Those that a process depends on, for one more process of a container.
void read_process_facts(const oci::Process& process, const oci::LinuxSection& section, HostFacts& facts);

}  // namespace tare::runtime
