// Carrying out the mount steps of a plan, while the host's files are still in sight.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/plan/mount_steps.h"

namespace tare::runtime {

// `trees`: of each step, what the parent has cloned for it already, or no valid descriptor; may be empty.
Result<void> apply_mounts(const std::vector<MountStep>& steps, const std::vector<UniqueFd>& trees, BorrowedFd root,
                          bool in_user_namespace);
// Makes what is mounted on `destination` read-only.
Result<void> seal_mount(BorrowedFd root, const std::string& destination);

}  // namespace tare::runtime
