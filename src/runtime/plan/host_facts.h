// The facts of this host that plans depend on.
#pragma once

#include <cstdint>

#include "os/cgroup.h"

namespace tare::runtime {

struct HostFacts {
  os::CgroupLayout cgroups;
  bool in_user_namespace = false;  // we are root only inside a user namespace
};

}  // namespace tare::runtime
