// `inspect` of anything, by name or id.
#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> inspect_command(const Words& words);
Result<int> inspect_images_command(const Words& words);
Result<int> inspect_networks_command(const Words& words);
Result<int> inspect_volumes_command(const Words& words);

}  // namespace tare::cmd
