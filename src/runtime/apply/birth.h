// Making the process that becomes the container's (or exec's): one clone, and where namespaces have to be joined first,
// a short-lived process in between that joins them and bears the other as the caller's child.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "os/clone.h"

namespace tare::runtime {

struct Birth {
  uint64_t namespaces = 0;  // made at the clone
  struct Join {
    UniqueFd fd;
    int kinds = 0;
    std::string name;
  };
  std::vector<Join> joins;  // joined before it
  std::optional<BorrowedFd> cgroup;
};

// `run` is called in the new process and must not return.
Result<os::Clone> give_birth(const Birth& birth, const std::function<void()>& run);

}  // namespace tare::runtime
