// ps(1) knows the formats; of its table the rows of some processes are kept.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

// The output of `ps ARGUMENTS` (-ef without any), on the host.
Result<std::string> read_process_table(const std::vector<std::string>& arguments);
// Its title and the rows whose PID column names one of `pids`. Pure.
Result<std::string> rows_of(const std::string& table, const std::vector<pid_t>& pids);

}  // namespace tare::cmd
