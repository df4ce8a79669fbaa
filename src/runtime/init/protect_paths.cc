#include "runtime/init/protect_paths.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>

#include "os/file.h"
#include "os/mount.h"

namespace tare::runtime {
namespace {

// Nothing when there is no such path: kernels differ in what they have in /proc.
Result<std::optional<UniqueFd>> open_present(BorrowedFd root, const std::string& path) {
  auto opened = os::open_in_root(root, path, O_PATH);
  if (opened.ok()) return std::optional(std::move(opened).value());
  const int number = opened.error().errno_value();
  if (number == ENOENT || number == ENOTDIR) return std::optional<UniqueFd>();
  return std::move(opened).error();
}

bool is_directory(BorrowedFd file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<void> mask_path(BorrowedFd root, const std::string& path, const std::string& label) {
  const auto target = TRY(open_present(root, path));
  if (!target) return {};
  if (is_directory(*target)) {
    const std::string context = label.empty() ? "" : formatted(",context=\"{}\"", label);
    return os::mount_file_system(
        {"tmpfs", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k,nr_inodes=2" + context}, *target,
        path);
  }
  const UniqueFd null = TRY(os::clone_tree("/dev/null", os::TreeDepth::kTop));
  return os::attach_tree(null, *target, path);
}

Result<void> make_path_read_only(BorrowedFd root, const std::string& path) {
  const auto target = TRY(open_present(root, path));
  if (!target) return {};
  const UniqueFd tree = TRY(os::clone_tree(*target, os::TreeDepth::kAll, path));
  TRY(os::set_mount_attributes(tree, os::TreeDepth::kAll, MOUNT_ATTR_RDONLY, 0, 0, path));
  return os::attach_tree(tree, *target, path);
}

}  // namespace

Result<void> mask_paths(BorrowedFd root, const std::vector<std::string>& paths, const std::string& label) {
  for (const auto& path : paths) TRY(mask_path(root, path, label).context("mask"));
  return {};
}

Result<void> make_paths_read_only(BorrowedFd root, const std::vector<std::string>& paths) {
  for (const auto& path : paths) TRY(make_path_read_only(root, path).context("make read-only"));
  return {};
}

}  // namespace tare::runtime
