#include "runtime/init/protect_paths.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>
#include <set>
#include <string_view>

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

// One empty file system for all directories: a second mount of it costs a fraction of a new one, and a host has a path
// to mask for each of its processors.
class Masks {
 public:
  Masks(BorrowedFd root, const std::string& label)
      : root_(root), context_(label.empty() ? "" : formatted(",context=\"{}\"", label)) {}

  Result<void> mask(const std::string& path) {
    const auto target = TRY(open_present(root_, path));
    if (!target) return {};
    if (is_directory(*target)) return cover_directory(*target, path);
    const UniqueFd null = TRY(os::clone_tree("/dev/null", os::TreeDepth::kTop));
    return os::attach_tree(null, *target, path);
  }

 private:
  Result<void> cover_directory(BorrowedFd target, const std::string& path) {
    if (empty_.valid()) {
      const UniqueFd tree = TRY(os::clone_tree(empty_, os::TreeDepth::kTop, path));
      return os::attach_tree(tree, target, path);
    }
    const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    TRY(os::mount_file_system({"tmpfs", "tmpfs", flags, "size=0k,nr_inodes=2" + context_}, target, path));
    empty_ = TRY(os::open_in_root(root_, path, O_PATH));
    return {};
  }

  BorrowedFd root_;
  std::string context_;
  UniqueFd empty_;
};

Result<void> make_path_read_only(BorrowedFd root, const std::string& path) {
  const auto target = TRY(open_present(root, path));
  if (!target) return {};
  const UniqueFd tree = TRY(os::clone_tree(*target, os::TreeDepth::kAll, path));
  TRY(os::set_mount_attributes(tree, os::TreeDepth::kAll, MOUNT_ATTR_RDONLY, 0, 0, path));
  return os::attach_tree(tree, *target, path);
}

}  // namespace

Result<void> mask_paths(BorrowedFd root, const std::vector<std::string>& paths, const std::string& label) {
  Masks masks(root, label);
  std::set<std::string_view> done;
  for (const auto& path : paths) {
    if (done.insert(path).second) TRY(masks.mask(path).context("mask"));
  }
  return {};
}

Result<void> make_paths_read_only(BorrowedFd root, const std::vector<std::string>& paths) {
  for (const auto& path : paths) TRY(make_path_read_only(root, path).context("make read-only"));
  return {};
}

}  // namespace tare::runtime
