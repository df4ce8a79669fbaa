// The commands of tare-image, one function each: `arguments` is what follows the command's name, the value is the exit
// code, and an Error is printed by main() with Docker's exit code for it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

// Registries (registry_*.cc).
Result<int> run_pull(const std::vector<std::string>& arguments);
Result<int> run_push(const std::vector<std::string>& arguments);
Result<int> run_login(const std::vector<std::string>& arguments);
Result<int> run_logout(const std::vector<std::string>& arguments);

// Archives and root file systems on this machine (local_*.cc).
Result<int> run_load(const std::vector<std::string>& arguments);
Result<int> run_save(const std::vector<std::string>& arguments);
Result<int> run_bootstrap(const std::vector<std::string>& arguments);
Result<int> run_unpack(const std::vector<std::string>& arguments);

}  // namespace tare::cmd
