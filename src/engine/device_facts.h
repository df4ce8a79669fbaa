// The host's devices that a container's options name, looked up just before the configuration is made.
#pragma once

#include "base/result.h"
#include "engine/container_spec.h"

namespace tare::engine {

// Also all that the host has, where the options are privileged and the caller is root.
Result<void> read_devices(const ContainerOptions& options, SpecFacts& facts);
bool has_swap_accounting();

}  // namespace tare::engine
