// The commands that start or join a container.
#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> run_command(const Words& words);
Result<int> create_command(const Words& words);
Result<int> start_command(const Words& words);
Result<int> attach_command(const Words& words);

}  // namespace tare::cmd
