// Who the process is and what it may do.
#pragma once

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/process_limits.h"

namespace tare::runtime {

Result<void> apply_limits(const std::vector<ResourceLimit>& limits);
// User, groups, umask and the five capability sets; after it nothing privileged works any more.
Result<void> become(const oci::User& user, const os::CapabilitySets& capabilities);

}  // namespace tare::runtime
