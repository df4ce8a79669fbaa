// The container's group in the resctrl file system: made, limited, entered, removed.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/plan/resctrl.h"

namespace tare::runtime {

// Makes the groups that are not there. Those that are to go with the container, in the order of their removal.
// A failure leaves nothing behind.
Result<std::vector<std::string>> make_resctrl_groups(const ResctrlPlan& plan);
Result<void> write_resctrl_limits(const ResctrlPlan& plan);
// With what the process forks from then on.
Result<void> enter_resctrl_groups(const ResctrlPlan& plan, pid_t pid);
// Those of a running container; nothing when it has none, or the file system is gone meanwhile.
Result<std::optional<ResctrlPlan>> find_resctrl_groups(const oci::RuntimeSpec& spec, const std::string& id);
// What is gone already is fine.
Result<void> remove_resctrl_groups(const std::vector<std::string>& groups);

}  // namespace tare::runtime
