// Several things that block, at once: layers.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "base/result.h"

namespace tare::registry {

using Task = std::function<Result<void>()>;

// Runs all tasks on up to `limit` threads, in order of the list, and waits for them. The first failure is the result;
// it requests `stop`, which the other tasks watch, and tasks that have not begun are left out.
Result<void> run_parallel(const std::vector<Task>& tasks, size_t limit, std::stop_source& stop);

}  // namespace tare::registry
