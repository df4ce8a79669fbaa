// The nodes and links of /dev.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/plan/device_nodes.h"

namespace tare::runtime {

// Where nodes cannot be made (user namespaces), those of the host are bound.
Result<void> make_devices(const std::vector<DeviceNode>& nodes, BorrowedFd root);
// /dev/fd, /dev/stdin, …, /dev/ptmx
Result<void> make_device_links(BorrowedFd root);

}  // namespace tare::runtime
