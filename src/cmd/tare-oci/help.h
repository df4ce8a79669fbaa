// Help texts in the layout of runc's, from the definitions of commands and flags.
#pragma once

#include <string>
#include <vector>

#include "commands.h"

namespace tare::cmd {

std::string program_help(const std::vector<Command>& commands, const std::vector<FlagDefinition>& global_flags);
std::string command_help(const Command& command);

}  // namespace tare::cmd
