// The places that a RUN step's mounts need (/proc, /etc/resolv.conf, …) must exist, yet must not show up in the
// step's layer. They are made in a layer of their own, between the image's and the step's, which is then forgotten.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::build {

// Makes what is missing below `root`, which is opened on the image's layers and that extra upper directory.
Result<void> make_mount_points(BorrowedFd root, const std::vector<oci::Mount>& mounts);

}  // namespace tare::build
