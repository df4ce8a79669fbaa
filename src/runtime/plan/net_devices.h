// Network devices of the host that go into the container's network namespace.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/namespaces.h"

namespace tare::runtime {

struct NetDeviceMove {
  std::string host_name;
  std::string name;  // in the container; may end in "%d", which the kernel makes a number of
};

Result<std::vector<NetDeviceMove>> plan_net_devices(const oci::LinuxSection& section, const NamespacePlan& namespaces);

}  // namespace tare::runtime
