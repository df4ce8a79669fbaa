// Running hooks: the state on standard input, an error when one fails or takes too long.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

// What the hooks of one point find around them.
struct HookPlace {
  std::string name;                      // the hook point, for messages
  std::string directory;                 // where they start; empty: where we are
  std::vector<std::string> environment;  // of a hook that names none; empty: ours
};

// In order; stops at the first that fails.
Result<void> run_hook_list(const std::vector<oci::Hook>& hooks, const HookPlace& place, const std::string& state);
// All of them, whatever fails before: for poststop, when there is nothing left to stop for.
Result<void> run_every_hook(const std::vector<oci::Hook>& hooks, const HookPlace& place, const std::string& state);

}  // namespace tare::runtime
