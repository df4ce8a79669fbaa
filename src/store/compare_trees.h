// Whether two unpacked copies of one layer are the same: names, types, owners, modes, devices, targets of symlinks,
// attributes and content. Times are left out; they hide nothing and overlayfs itself changes those of directories.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace tare::store {

// The first difference, as "etc/passwd: another content"; nothing when the trees are the same. The roots' own owner and
// mode do not count: a layer's archive need not have them.
Result<std::optional<std::string>> find_difference(const std::string& directory, const std::string& expected);

}  // namespace tare::store
