// The one proof that a container has a supervisor.
#pragma once

#include <string>

#include "base/result.h"
#include "os/file.h"

namespace tare::supervise {

// Takes RUN/containers/ID/lock. Another supervisor may hold it for a moment yet: its container has exited, but it has
// still to deliver output. kConflict when it does not end within ten seconds.
Result<os::FileLock> wait_for_lock(const std::string& run_directory);

}  // namespace tare::supervise
