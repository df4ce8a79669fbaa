// A file that holds an ext4 file system, mounted through a loop device. Nobody has to release the device: the kernel
// does when the mount is gone.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

// kWritable: for one mount at a time; another call waits for up to ten seconds and is a kConflict then, for two of them
// would destroy the file system. kReadOnly: beside it, without a write to the file, as it was after the last sync.
enum class ImageAccess { kReadOnly, kWritable };

// The mount, not attached anywhere yet (mount.h). Takes root on the host; kUnsupported where there are no loop devices.
Result<UniqueFd> mount_image(const std::string& path, ImageAccess access);
// kUnsupported with the reason, where mount_image could not work.
Result<void> check_loop_devices();

}  // namespace tare::os
