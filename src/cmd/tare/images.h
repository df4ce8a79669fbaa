// The commands on images of the local store.
#pragma once

#include "cmd/tare/command.h"

namespace tare::cmd {

Result<int> list_images_command(const Words& words);
Result<int> remove_images_command(const Words& words);
Result<int> tag_command(const Words& words);
Result<int> history_command(const Words& words);
Result<int> prune_images_command(const Words& words);

}  // namespace tare::cmd
