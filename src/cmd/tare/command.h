// The table of commands: main.cc finds a command by its words and calls it with the rest.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

using Words = std::vector<std::string>;

// The value is the exit code of the program.
using RunCommand = Result<int> (*)(const Words& words);

struct Command {
  std::string_view name;  // "run", "network create"
  std::string_view help;  // one line
  RunCommand run;
};

// Each group's commands, in the order of `tare --help`.
std::span<const Command> container_commands();  // container_commands.cc: run, ps, logs, … and "container …"
std::span<const Command> image_commands();      // image_commands.cc: build, pull, images, … and "image …"
std::span<const Command> network_commands();    // network_commands.cc
std::span<const Command> volume_commands();     // volume_commands.cc
std::span<const Command> system_commands();     // system_commands.cc: version, info, plan, system …

// Exit codes as Docker's: 125 the engine, 126 and 127 the container's command, 1 everything else.
int exit_code_of(const Error& error, bool starts_container);

}  // namespace tare::cmd
