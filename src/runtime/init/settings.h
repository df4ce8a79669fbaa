// Settings of the new namespaces and of the process that need the host's /proc, so they come before the root is
// entered.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

Result<void> apply_sysctls(const std::map<std::string, std::string>& sysctls);
// The file by which the caller sets the clocks of the next time namespace.
Result<UniqueFd> open_clocks();
// Makes a time namespace, sets its clocks (lines of /proc/self/timens_offsets) and enters it.
Result<void> enter_new_time_namespace(const std::string& offsets, BorrowedFd clocks);
// Tolerates kernels without keyrings, and users over their quota of keys.
void join_new_keyring(const std::string& id);

}  // namespace tare::runtime
