#include "os/mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/error.h"

namespace tare::os {

Result<void> mount_file_system(const FileSystemMount& mount, const std::string& target) {
  if (::mount(mount.source.c_str(), target.c_str(), mount.type.c_str(), mount.flags, mount.options.c_str()) != 0) {
    return last_error(formatted("mount {} on", mount.type), target);
  }
  return {};
}

Result<void> mount_file_system(const FileSystemMount& mount, BorrowedFd target, const std::string& name) {
  const std::string path = formatted("/proc/self/fd/{}", target.get());
  if (::mount(mount.source.c_str(), path.c_str(), mount.type.c_str(), mount.flags, mount.options.c_str()) != 0) {
    return last_error(formatted("mount {} on", mount.type), name);
  }
  return {};
}

Result<UniqueFd> clone_tree(const std::string& path, TreeDepth depth) {
  const unsigned recursive = depth == TreeDepth::kAll ? AT_RECURSIVE : 0;
  UniqueFd tree(static_cast<int>(
      syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive)));
  if (!tree.valid()) return last_error("bind", path);
  return tree;
}

Result<UniqueFd> clone_tree(BorrowedFd path, TreeDepth depth, const std::string& name) {
  const unsigned recursive = depth == TreeDepth::kAll ? AT_RECURSIVE : 0;
  UniqueFd tree(static_cast<int>(
      syscall(SYS_open_tree, path.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive)));
  if (!tree.valid()) return last_error("bind", name);
  return tree;
}

Result<void> set_mount_attributes(BorrowedFd mount, TreeDepth depth, uint64_t set, uint64_t clear, uint64_t propagation,
                                  const std::string& name) {
  const unsigned recursive = depth == TreeDepth::kAll ? AT_RECURSIVE : 0;
  mount_attr attributes{};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation;
  if (syscall(SYS_mount_setattr, mount.get(), "", AT_EMPTY_PATH | recursive, &attributes, sizeof attributes) != 0) {
    return last_error("set mount attributes of", name);
  }
  return {};
}

Result<void> map_ids(BorrowedFd mount, TreeDepth depth, BorrowedFd user_namespace, const std::string& name) {
  const unsigned recursive = depth == TreeDepth::kAll ? AT_RECURSIVE : 0;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<uint64_t>(user_namespace.get());
  if (syscall(SYS_mount_setattr, mount.get(), "", AT_EMPTY_PATH | recursive, &attributes, sizeof attributes) == 0) {
    return {};
  }
  // EINVAL: no support; EPERM: it is mapped already, which cannot be changed.
  const int number = errno;
  Error error = Error::from_errno(number, "map the owners of", name);
  if (number != EINVAL && number != EPERM) return error;
  return std::move(error)
      .with_kind(ErrorKind::kUnsupported)
      .with_hint(
          "its file system, or one mounted below it, has no idmapped mounts (proc, sysfs, overlay and network "
          "file systems often have none)");
}

Result<void> attach_tree(BorrowedFd tree, BorrowedFd target, const std::string& name) {
  if (syscall(SYS_move_mount, tree.get(), "", target.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
      0) {
    return last_error("attach mount on", name);
  }
  return {};
}

Result<void> set_propagation(const std::string& path, unsigned long propagation) {
  if (::mount(nullptr, path.c_str(), nullptr, propagation, nullptr) != 0) {
    return last_error("set propagation of", path);
  }
  return {};
}

Result<void> unmount(const std::string& path, int flags) {
  if (::umount2(path.c_str(), flags) != 0) return last_error("unmount", path);
  return {};
}

Result<void> pivot_root(const std::string& new_root, const std::string& put_old) {
  if (syscall(SYS_pivot_root, new_root.c_str(), put_old.c_str()) != 0) return last_error("pivot_root to", new_root);
  return {};
}

Result<void> change_root(const std::string& path) {
  if (::chroot(path.c_str()) != 0) return last_error("chroot to", path);
  return {};
}

Result<void> change_directory(const std::string& path) {
  if (::chdir(path.c_str()) != 0) return last_error("change directory to", path);
  return {};
}

Result<void> change_directory(BorrowedFd directory) {
  if (::fchdir(directory.get()) != 0) return last_error("change directory to", "an open directory");
  return {};
}

}  // namespace tare::os
