// What only the parent can do for the new process.
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/process_limits.h"

namespace tare::runtime {

Result<void> write_id_maps(pid_t pid, const std::vector<oci::IdMapping>& uids, const std::vector<oci::IdMapping>& gids);
// The specification: what cannot be granted is no reason to fail, and is told.
void warn_of_capabilities(const ProcessPlan& plan);
// From outside: inside a user namespace /proc/self/oom_score_adj may belong to nobody.
Result<void> write_oom_score_adjustment(pid_t pid, const oci::Process& process);

}  // namespace tare::runtime
