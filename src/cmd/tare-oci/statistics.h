// What `events` prints: one JSON object a line, in the shape of runc's.
#pragma once

#include <string>

#include "base/result.h"
#include "os/cgroup.h"

namespace tare::cmd {

// {"type":"stats","id":…,"data":{…}}: what the container's cgroup has used. A controller that this host lacks counts 0.
Result<std::string> stats_event(const std::string& id, const os::Cgroup& cgroup);
std::string oom_event(const std::string& id);

}  // namespace tare::cmd
