// Settings of the new namespaces and of the process that need the host's /proc, so they come before the root is
// entered.
#pragma once

#include <string>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

Result<void> apply_sysctls(const std::map<std::string, std::string>& sysctls);
// Tolerates kernels without keyrings, and users over their quota of keys.
void join_new_keyring(const std::string& id);

}  // namespace tare::runtime
