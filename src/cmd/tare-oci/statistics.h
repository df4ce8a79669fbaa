// What `events` prints: one JSON object a line, in the shape of runc's.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "os/cgroup.h"
#include "runtime/plan/resctrl.h"

namespace tare::cmd {

// {"type":"stats","id":…,"data":{…}}: what the container's cgroup has used. A controller that this host lacks counts 0.
// `resctrl`: its groups in that file system.
Result<std::string> stats_event(const std::string& id, const os::Cgroup& cgroup,
                                const std::optional<runtime::ResctrlPlan>& resctrl);
std::string oom_event(const std::string& id);

}  // namespace tare::cmd
