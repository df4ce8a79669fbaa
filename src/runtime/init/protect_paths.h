// Masked and read-only paths, below the container's root while we still see the host: /dev/null and /proc/self/fd,
// which mounting by descriptor goes through, are the host's and nothing that an image could put in their place
// (CVE-2025-31133).
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::runtime {

// A masked file reads as empty, a masked directory is empty and read-only. Absent paths are fine.
// `label`: of SELinux; empty: none.
Result<void> mask_paths(BorrowedFd root, const std::vector<std::string>& paths, const std::string& label);
Result<void> make_paths_read_only(BorrowedFd root, const std::vector<std::string>& paths);

}  // namespace tare::runtime
