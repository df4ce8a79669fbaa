// Device nodes of a container: those that every one has, and those asked for.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

struct DeviceNode {
  std::string path;  // inside the container; on the host too when it has to be bound
  mode_t mode = 0;   // type and permissions
  dev_t number = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

Result<std::vector<DeviceNode>> plan_device_nodes(const std::vector<oci::Device>& asked);
// {path, target}: /dev/fd, /dev/stdin, …
const std::vector<std::pair<std::string, std::string>>& default_device_links();
// The rules asked for, after which every container may use the nodes above and terminals, and make nodes. What no rule
// allows is denied. The later rule wins.
std::vector<oci::DeviceRule> effective_device_rules(const std::vector<oci::DeviceRule>& asked);

}  // namespace tare::runtime
