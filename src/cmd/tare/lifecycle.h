// The short verbs on containers: each takes names and does one thing to each.
#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> stop_command(const Words& words);
Result<int> restart_command(const Words& words);
Result<int> kill_command(const Words& words);
Result<int> pause_command(const Words& words);
Result<int> unpause_command(const Words& words);
Result<int> wait_command(const Words& words);
Result<int> rename_command(const Words& words);
Result<int> remove_command(const Words& words);
Result<int> prune_containers_command(const Words& words);
Result<int> cleanup_command(const Words& words);  // what a supervisor becomes when its container has ended

}  // namespace tare::cmd
