// The file system of a container whose writable layer has a size (OverlayRoot::disk), mounted while the container runs
// in a mount namespace of the supervisor's own: the host sees no mount, and none outlives the supervisor.
#pragma once

#include "base/result.h"
#include "supervise/config.h"

namespace tare::supervise {

// Before the container is made, whose mount namespace is a copy. Nothing to do without a disk.
Result<void> mount_disk(const Config& config);
void unmount_disk(const Config& config);

}  // namespace tare::supervise
