// Options of the network, names and published ports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct NetworkWords {
  std::vector<std::string> networks, ports;
};

void declare_network(Arguments& arguments, NetworkWords& words, engine::ContainerOptions& options);
Result<void> read_network(const NetworkWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
