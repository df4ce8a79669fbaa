// Mounts: -v, --mount, --tmpfs, and the root file system.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/arguments.h"
#include "engine/container_options.h"

namespace tare::cmd {

struct StorageWords {
  std::vector<std::string> volumes, mounts, tmpfs, storage;
};

void declare_storage(Arguments& arguments, StorageWords& words, engine::ContainerOptions& options);
Result<void> read_storage(const StorageWords& words, engine::ContainerOptions& options);

}  // namespace tare::cmd
