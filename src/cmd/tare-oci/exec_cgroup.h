// exec --cgroup: a group below the container's, of all controllers or of some.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/cgroup.h"

namespace tare::cmd {

// controller → path below the container's group; the controller "" stands for all. Pure.
Result<std::map<std::string, std::string>> parse_cgroup_flags(const std::vector<std::string>& values);
// The container's group, or the parts of it that the flags name. Every part has to exist.
Result<os::Cgroup> exec_cgroup(const os::Cgroup& container, const std::vector<std::string>& values);

}  // namespace tare::cmd
