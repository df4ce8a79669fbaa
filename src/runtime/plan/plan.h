// What is to be done for one container, decided from its configuration and the facts of this host before anything is
// touched: what cannot be done is refused here, by name. Pure; src/runtime/apply and init carry it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/cgroup.h"
#include "runtime/plan/cgroup_writes.h"
#include "runtime/plan/device_nodes.h"
#include "runtime/plan/host_facts.h"
#include "runtime/plan/mount_steps.h"
#include "runtime/plan/namespaces.h"
#include "runtime/plan/net_devices.h"
#include "runtime/plan/process_limits.h"
#include "runtime/plan/resctrl.h"

namespace tare::runtime {

struct Plan {
  NamespacePlan namespaces;
  unsigned long root_propagation = 0;   // MS_…, of the container's root in the end
  unsigned long setup_propagation = 0;  // and while it is set up
  std::vector<MountStep> mounts;
  bool seal_dev = false;      // make /dev read-only when all is in it
  bool populate_dev = false;  // /dev is a file system of ours: make nodes and links in it
  std::vector<DeviceNode> devices;
  std::vector<CgroupWrite> cgroup_writes;  // limits
  std::vector<CgroupWrite> device_writes;
  std::optional<uint32_t> cgroup_owner;  // on the host: may manage groups below the container's
  std::optional<ResctrlPlan> resctrl;
  std::vector<NetDeviceMove> net_devices;
  ProcessPlan process;
};

Result<Plan> plan_container(const oci::RuntimeSpec& spec, const HostFacts& facts, const Place& place);

// Refuses what this runtime or this host does not do, naming it.
Result<void> refuse_unsupported(const oci::RuntimeSpec& spec, const HostFacts& facts);
Result<void> refuse_unsupported(const oci::Process& process, const HostFacts& facts);

}  // namespace tare::runtime
