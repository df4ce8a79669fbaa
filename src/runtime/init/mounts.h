// Carrying out the mount steps of a plan, while the host's files are still in sight.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/plan/mount_steps.h"

namespace tare::runtime {

struct Mounts {
  const std::vector<MountStep>& steps;
  const std::vector<UniqueFd>& mapped_binds;  // sources that the parent opened, by the number of their step
  bool in_user_namespace = false;
};
Result<void> apply_mounts(const Mounts& mounts, BorrowedFd root);
// Makes what is mounted on `destination` read-only.
Result<void> seal_mount(BorrowedFd root, const std::string& destination);

}  // namespace tare::runtime
