// Devices of the host that a container may use, and how fast.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct DeviceWords {
  std::vector<std::string> devices, weights, read_bps, write_bps, read_iops, write_iops;
  std::string gpus;
};

void declare_devices(Arguments& arguments, DeviceWords& words, engine::ContainerOptions& options);
Result<void> read_devices(const DeviceWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
