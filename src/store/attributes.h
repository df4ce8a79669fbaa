// Extended attributes of a file.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "codec/tar.h"

namespace tare::store {

// All attributes of `path`, sorted by name; of a symlink its own. None where the file system has none.
Result<std::vector<codec::TarXattr>> read_attributes(const std::string& path);

}  // namespace tare::store
