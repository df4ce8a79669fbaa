// What a supervisor that was killed could not clear away. Its container is dead or dying; its cgroup is still there.
#pragma once

#include <string>

#include "base/result.h"

namespace tare::supervise {

// Before a start, and before a removal; the caller knows that no supervisor lives. Cheap when the last one ended well.
Result<void> remove_remains(const std::string& data_directory);

}  // namespace tare::supervise
