// The extended attributes that belong to a file's content: file capabilities and the user's own. Others (labels of
// security modules, overlayfs's marks) belong to the place where it lies.
#pragma once

#include <map>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::build {

using Xattrs = std::map<std::string, std::string>;

// Empty on file systems without extended attributes. `path` is for messages.
Result<Xattrs> read_xattrs(BorrowedFd file, const std::string& path);
// An attribute that the target's file system does not take is left out.
Result<void> write_xattrs(BorrowedFd file, const Xattrs& xattrs, const std::string& path);

}  // namespace tare::build
