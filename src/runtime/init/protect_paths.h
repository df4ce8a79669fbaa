// Masked and read-only paths, from inside the container's root.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tare::runtime {

// A masked file reads as empty, a masked directory is empty and read-only. Absent paths are fine.
// `label`: of SELinux; empty: none.
Result<void> mask_paths(const std::vector<std::string>& paths, const std::string& label);
Result<void> make_paths_read_only(const std::vector<std::string>& paths);

}  // namespace tare::runtime
