// `update`: limits and the restart policy of containers that exist.
#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> update_command(const Words& words);

}  // namespace tare::cmd
