// The root of a container in a user namespace that was made before it: an overlay of idmapped layers, whose files have
// other owners inside than on the disk. Only the host's root may make one, so the parent does, and init attaches it.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "runtime/runtime.h"

namespace tare::runtime {

// No valid descriptor without CreateOptions::user_namespace: init mounts the root by itself.
Result<UniqueFd> open_mapped_root(const CreateOptions& options);

}  // namespace tare::runtime
