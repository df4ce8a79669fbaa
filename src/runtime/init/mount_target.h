// Places inside the container's root while we still see the host: every path is resolved by the kernel as if the root
// were "/" already (openat2 RESOLVE_IN_ROOT), and the result is a descriptor, so no symlink of the image leads out of
// it, not even one that is exchanged while we look (CVE-2021-30465).
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::runtime {

enum class TargetKind { kDirectory, kFile };

// Opens `path` (O_PATH); makes it and its parents when absent. A dangling symlink is followed and its target made.
Result<UniqueFd> make_in_root(BorrowedFd root, const std::string& path, TargetKind kind);

// The same for a directory that must be where it says: refused when a part of the path is a symlink.
Result<UniqueFd> make_plain_in_root(BorrowedFd root, const std::string& path);

struct ParentAndName {
  UniqueFd parent;
  std::string name;
};
// The directory that `path` is in (made when absent), and the last part of the path.
Result<ParentAndName> make_parent_in_root(BorrowedFd root, const std::string& path);

}  // namespace tare::runtime
