// Where the output of a container is kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct LogWords {
  std::string driver;
  std::vector<std::string> options;
};

void declare_logging(Arguments& arguments, LogWords& words, engine::ContainerOptions& options);
Result<void> read_logging(const LogWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
