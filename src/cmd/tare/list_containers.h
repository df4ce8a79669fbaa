// The commands that show containers: ps, inspect, stats, top, port.
#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> list_containers_command(const Words& words);
Result<int> inspect_containers_command(const Words& words);
Result<int> stats_command(const Words& words);
Result<int> top_command(const Words& words);
Result<int> port_command(const Words& words);

}  // namespace tare::cmd
