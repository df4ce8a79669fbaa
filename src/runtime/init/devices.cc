#include "runtime/init/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "runtime/init/mount_target.h"

namespace tare::runtime {
namespace {

Result<void> bind_device(const DeviceNode& node, BorrowedFd root) {
  const UniqueFd tree = TRY(os::clone_tree(node.path, os::TreeDepth::kTop));
  const UniqueFd target = TRY(make_in_root(root, node.path, TargetKind::kFile));
  return os::attach_tree(tree, target, node.path);
}

bool is_same_device(const ParentAndName& place, const DeviceNode& node) {
  struct stat status {};
  if (::fstatat(place.parent.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return (status.st_mode & S_IFMT) == (node.mode & S_IFMT) && status.st_rdev == node.number;
}

Result<void> make_device(const DeviceNode& node, BorrowedFd root) {
  const auto place = TRY(make_parent_in_root(root, node.path));
  if (::mknodat(place.parent.get(), place.name.c_str(), node.mode, node.number) != 0) {
    if (errno == EPERM) return bind_device(node, root);
    if (errno == EEXIST && is_same_device(place, node)) return {};
    return os::last_error("make device", node.path);
  }
  if (::fchownat(place.parent.get(), place.name.c_str(), node.uid, node.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("change owner of", node.path);
  }
  return {};
}

Result<void> make_link(BorrowedFd root, const std::string& path, const std::string& target) {
  const auto place = TRY(make_parent_in_root(root, path));
  if (::symlinkat(target.c_str(), place.parent.get(), place.name.c_str()) == 0 || errno == EEXIST) return {};
  return os::last_error("link", path);
}

}  // namespace

Result<void> make_devices(const std::vector<DeviceNode>& nodes, BorrowedFd root) {
  for (const auto& node : nodes) TRY(make_device(node, root));
  return {};
}

Result<void> make_device_links(BorrowedFd root) {
  for (const auto& [path, target] : default_device_links()) TRY(make_link(root, path, target));
  return make_link(root, "/dev/ptmx", "pts/ptmx");
}

}  // namespace tare::runtime
