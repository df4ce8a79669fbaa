// Programs of ours whose process is seen from inside a container: a child that is about to execute the container's
// command is still this program, and `#!/proc/self/exe` there would hand the container a way to our file
// (CVE-2019-5736: the way stays open until nobody executes the file any more, then it is written to). On a mount of its
// own that is read-only, every way to the file that starts at /proc/PID/exe is read-only too.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

// The program, to be executed by execveat(2) with AT_EMPTY_PATH. Two system calls (open_tree, mount_setattr); takes
// CAP_SYS_ADMIN over the mount namespace. /proc/self/exe of the process does not tell where the program lies.
Result<UniqueFd> open_guarded_program(const std::string& path);

// Executes the running program once more, guarded, with the same arguments and environment; returns when there is no
// need to: when nobody with our rights could write to the file. One system call then. Without CAP_SYS_ADMIN it is
// executed from a sealed copy in memory.
Result<void> guard_own_program();

}  // namespace tare::os
