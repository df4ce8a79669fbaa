// Privileges and namespaces.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct SecurityWords {
  std::vector<std::string> sysctls;
};

void declare_security(Arguments& arguments, SecurityWords& words, engine::ContainerOptions& options);
Result<void> read_security(const SecurityWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
