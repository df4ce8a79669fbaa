// The instructions that change only the image's configuration. Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "build/dockerfile/instruction.h"
#include "build/graph/stage_state.h"

namespace tare::build {

// True for RUN, COPY, ADD and WORKDIR, which make layers and are not for configure().
bool makes_layer(InstructionKind kind);

struct ConfigureOptions {
  const GlobalScope& global;
  char escape = '\\';
  std::string created;  // the time of history entries
};
// Applies the instruction and adds its line to the history.
Result<void> configure(StageState& state, const Instruction& instruction, const ConfigureOptions& options);

// The arguments of RUN, CMD or ENTRYPOINT: as given in exec form, else behind the shell.
std::vector<std::string> command_of(const Instruction& instruction, const oci::ProcessDefaults& config);
// The folder that WORKDIR `path` means: absolute and clean.
std::string resolve_workdir(const std::string& current, const std::string& path);

}  // namespace tare::build
