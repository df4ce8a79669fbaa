// Starts a program that is nobody's child: own session, adopted by the nearest reaper, so that no zombie is left to
// the caller, whoever that is. Costs two vforks: no page table is copied, however large the caller.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tare::supervise {

struct DetachedProgram {
  std::string path;
  std::vector<std::string> arguments;    // [0] is the program's name
  std::vector<std::string> environment;  // "NAME=value"; nothing else of the caller's
  struct Pass {
    BorrowedFd from;
    int as;
  };
  std::vector<Pass> descriptors;  // 0, 1 and 2 are /dev/null unless named; all others are closed
};

// Returns when the program has been executed, or why it could not be.
Result<void> spawn_detached(const DetachedProgram& program);

}  // namespace tare::supervise
