// clone3(2) used as fork(2) that can do more: new namespaces, birth inside a cgroup, a sibling in place of a child.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

enum class Parentage { kChild, kSibling };  // a sibling is a child of our parent (CLONE_PARENT)

struct CloneOptions {
  uint64_t namespaces = 0;           // CLONE_NEW… flags
  std::optional<BorrowedFd> cgroup;  // the directory of a cgroup v2
  Parentage parentage = Parentage::kChild;
};

struct Clone {
  pid_t pid = 0;  // 0 in the new process
  UniqueFd pidfd;
};

// Returns twice, like fork(2). The caller must have one thread: locks of other threads would stay taken in the child.
Result<Clone> clone_process(const CloneOptions& options);

}  // namespace tare::os
