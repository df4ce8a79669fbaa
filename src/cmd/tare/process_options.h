// Options of what runs: environment, labels, user, terminal. Words first, values after all words are known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct ProcessWords {
  std::optional<std::string> entrypoint;
  std::vector<std::string> env, env_files, labels, label_files, annotations;
};

void declare_process(Arguments& arguments, ProcessWords& words, engine::ContainerOptions& options);
Result<void> read_process(const ProcessWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
