// Running hooks: the state on standard input, an error when one fails or takes too long.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

// In order; stops at the first that fails. `name` is the hook point, for messages.
Result<void> run_hook_list(const std::vector<oci::Hook>& hooks, const std::string& name, const std::string& state);

}  // namespace tare::runtime
