// What the process sees as descriptors: 0, 1, 2, the passed ones from 3 on, and nothing else. A descriptor of the host
// that stays open is a way out of the container (CVE-2024-21626).
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::runtime {

// Moves `fd` out of the way of the numbers that place_descriptors fills. Close-on-exec.
Result<UniqueFd> move_above(UniqueFd fd, size_t passed_count);
// Puts `sources` at 0, 1, 2, 3, … and closes all others but `kept`.
Result<void> place_descriptors(const std::vector<BorrowedFd>& sources, std::vector<BorrowedFd> kept);

}  // namespace tare::runtime
