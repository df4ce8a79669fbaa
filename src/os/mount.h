// Mounts: the classic mount(2), and the calls on detached trees (Linux 5.12: open_tree, mount_setattr, move_mount),
// which set every attribute before the mount can be seen. A target given as a descriptor cannot be redirected by a
// symlink between the check and the mount.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

enum class TreeDepth { kTop, kAll };  // one mount, or all mounts below it too

struct FileSystemMount {
  std::string type;    // "proc"
  std::string source;  // what mountinfo shows; often the type
  unsigned long flags = 0;
  std::string options;  // the file system's own
};

// Mounts a new file system on the directory (or file) that `target` is open on; `name` is for messages.
Result<void> mount_file_system(const FileSystemMount& mount, BorrowedFd target, const std::string& name);
Result<void> mount_file_system(const FileSystemMount& mount, const std::string& target);

// A copy of the mount(s) at `path`, not attached anywhere yet. With AT_EMPTY_PATH semantics for the second.
Result<UniqueFd> clone_tree(const std::string& path, TreeDepth depth);
Result<UniqueFd> clone_tree(BorrowedFd path, TreeDepth depth, const std::string& name);
// `set` and `clear` are MOUNT_ATTR_… bits; `propagation` an MS_… flag or 0.
Result<void> set_mount_attributes(BorrowedFd mount, TreeDepth depth, uint64_t set, uint64_t clear, uint64_t propagation,
                                  const std::string& name);
// Shows the files of a detached tree with other owners: id N on the disk is what N is mapped to in `user_namespace`
// (an idmapped mount, Linux 5.12). kUnsupported when the file system cannot do that.
Result<void> map_ids(BorrowedFd mount, TreeDepth depth, BorrowedFd user_namespace, const std::string& name);
// Attaches a detached tree on what `target` is open on.
Result<void> attach_tree(BorrowedFd tree, BorrowedFd target, const std::string& name);

Result<void> set_propagation(const std::string& path, unsigned long propagation);
Result<void> unmount(const std::string& path, int flags);
Result<void> pivot_root(const std::string& new_root, const std::string& put_old);
Result<void> change_root(const std::string& path);
Result<void> change_directory(const std::string& path);
Result<void> change_directory(BorrowedFd directory);

}  // namespace tare::os
