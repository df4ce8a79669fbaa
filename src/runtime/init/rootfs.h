// The container's root: mounted, and later entered for good.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/runtime.h"

namespace tare::runtime {

struct RootMount {
  std::string path;                    // the directory that it is mounted on
  std::optional<OverlayRoot> overlay;  // nothing: the directory as it is
  unsigned long propagation = 0;
  bool in_user_namespace = false;
  std::optional<BorrowedFd> mapped;  // the root, mounted already and attached nowhere yet
};

// The options of an overlay mount, relative to lower_directory. kExhausted when they do not fit into the kernel's page.
Result<std::string> overlay_options(const OverlayRoot& overlay, bool in_user_namespace);

// Cuts the mount namespace off from the host's, mounts the root and returns it open.
Result<UniqueFd> mount_root(const RootMount& root);
// Makes `root` the root of the mount namespace and drops the old one.
Result<void> enter_root(BorrowedFd root);
// The same where the kernel refuses pivot_root, because the host's root is its initial ramdisk: the old root stays
// below the new one, out of reach by path. `path` is where `root` is mounted.
Result<void> move_root(BorrowedFd root, const std::string& path);

}  // namespace tare::runtime
