// Sources of bind mounts that init could not get at by itself: they are cloned here, by the parent, and init attaches
// them. Ids are mapped before anyone can see the mount, which takes rights over the file system's own user namespace;
// and root of a new user namespace may not even be allowed to look into the source's directory.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/plan/plan.h"

namespace tare::runtime {

// One per step, in the order of the plan: no valid descriptor where init is to do it itself. Empty when it does all.
Result<std::vector<UniqueFd>> open_bind_sources(const Plan& plan);

}  // namespace tare::runtime
