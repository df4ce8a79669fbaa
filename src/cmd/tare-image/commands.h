// The commands of tare-image. Each gets the words after its name and gives the exit code: kUsageExit for a wrong
// command line (exit_for_usage has told why), otherwise as Docker's. A failure that stops it is its Error; exit code 1.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tare::image {

inline constexpr int kUsageExit = 125;

// For what Arguments::parse (cmd/tare/arguments.h) failed with: prints it, unless it was --help.
int exit_for_usage(const Error& error);

Result<int> run_pull(const std::vector<std::string>& arguments);
Result<int> run_push(const std::vector<std::string>& arguments);
Result<int> run_login(const std::vector<std::string>& arguments);
Result<int> run_logout(const std::vector<std::string>& arguments);

// local_*.cc: these speak to no registry.
Result<int> run_load(const std::vector<std::string>& arguments);
Result<int> run_save(const std::vector<std::string>& arguments);
Result<int> run_bootstrap(const std::vector<std::string>& arguments);
Result<int> run_unpack(const std::vector<std::string>& arguments);

}  // namespace tare::image
