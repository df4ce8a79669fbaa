// Mounts whose files have other owners inside than on the disk (idmapped mounts), for a container in a user namespace
// that was made before it. Only the host's root may make them, so the parent does, and init inherits them.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/plan/plan.h"
#include "runtime/runtime.h"

namespace tare::runtime {

struct MappedMounts {
  UniqueFd root;                // the overlay; invalid: init mounts the root by itself
  std::vector<UniqueFd> binds;  // of the steps with idmap, by their number; empty: there are none
};

// Does nothing without CreateOptions::user_namespace.
Result<void> open_mapped_mounts(const CreateOptions& options, const Plan& plan, MappedMounts& mounts);

}  // namespace tare::runtime
