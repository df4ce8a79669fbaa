#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> exec_command(const Words& words);

}  // namespace tare::cmd
