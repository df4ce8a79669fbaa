#include "runtime/init/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"

namespace tare::runtime {
namespace {

constexpr size_t kOptionPage = 4096;

// overlayfs separates layers with ':' and options with ',', and takes both literally after a backslash.
std::string escape(const std::string& path) {
  std::string result;
  for (const char c : path) {
    if (c == '\\' || c == ':' || c == ',') result += '\\';
    result += c;
  }
  return result;
}

// pivot_root refuses a root whose parent mount is shared. Which of the directories above is a mount point only the
// attempt tells.
Result<void> make_parent_mount_private(std::filesystem::path path) {
  while (true) {
    auto made = os::set_propagation(path.string(), MS_PRIVATE);
    if (made.ok() || path == path.root_path() || made.error().errno_value() != EINVAL) return made;
    path = path.parent_path();
  }
}

Result<void> mount_overlay(const RootMount& root) {
  const OverlayRoot& overlay = *root.overlay;
  if (overlay.upper.empty() && overlay.lower_names.size() == 1) {
    // One layer and nothing to write to is no overlay for the kernel.
    const std::string layer = overlay.lower_directory + "/" + overlay.lower_names.front();
    const UniqueFd tree = TRY(os::clone_tree(layer, os::TreeDepth::kTop));
    TRY(os::set_mount_attributes(tree, os::TreeDepth::kTop, MOUNT_ATTR_RDONLY, 0, 0, layer));
    const UniqueFd target = TRY(os::open(root.path, O_PATH | O_DIRECTORY));
    return os::attach_tree(tree, target, root.path);
  }
  const std::string options = TRY(overlay_options(overlay, root.in_user_namespace));
  TRY(os::change_directory(overlay.lower_directory));
  return os::mount_file_system({"overlay", "overlay", 0, options}, root.path);
}

Result<void> bind_root(const std::string& path) {
  const UniqueFd tree = TRY(os::clone_tree(path, os::TreeDepth::kAll));
  const UniqueFd target = TRY(os::open(path, O_PATH | O_DIRECTORY));
  return os::attach_tree(tree, target, path);
}

// Over the host's root, the one directory that is sure to be ours to search. It is left by file descriptor.
Result<UniqueFd> attach_mapped(BorrowedFd tree) {
  TRY(os::set_propagation("/", MS_PRIVATE));
  const UniqueFd host_root = TRY(os::open("/", O_PATH | O_DIRECTORY));
  TRY(os::attach_tree(tree, host_root, "/"));
  return os::open(formatted("/proc/self/fd/{}", tree.get()), O_PATH | O_DIRECTORY);
}

// With the old root still mounted, a /proc or /sys of the host outside the new one would pass for one without
// anything masked, and the kernel would let a user namespace in the container mount its own.
Result<void> drop_kernel_mounts(const std::string& root) {
  const std::string mounts = TRY(os::read_file("/proc/self/mountinfo"));
  const auto lines = split(mounts, '\n');
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const auto fields = split(*line, ' ');
    const auto separator = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 5 || separator == fields.end() || separator + 1 == fields.end()) continue;
    const std::string& type = *(separator + 1);
    const bool inside = fields[4] == root || fields[4].starts_with(root + "/");
    if ((type != "proc" && type != "sysfs") || inside || !os::exists(fields[4])) continue;
    TRY(os::set_propagation(fields[4], MS_SLAVE | MS_REC));
    // In a user namespace the host's mounts are locked in place: they are covered.
    if (!os::unmount(fields[4], MNT_DETACH).ok()) {
      TRY(os::mount_file_system({"tmpfs", "tmpfs", MS_RDONLY, "size=0"}, fields[4]));
    }
  }
  return {};
}

}  // namespace

Result<std::string> overlay_options(const OverlayRoot& overlay, bool in_user_namespace) {
  std::vector<std::string> names;
  for (const auto& name : overlay.lower_names) names.push_back(escape(name));
  std::string options = "lowerdir=" + join(names, ":");
  if (!overlay.upper.empty()) {
    options += formatted(",upperdir={},workdir={}", escape(overlay.upper), escape(overlay.work));
    if (overlay.volatile_upper) options += ",volatile";
  }
  // trusted.* attributes, where whiteouts live by default, cannot be written in a user namespace. Elsewhere a host's
  // defaults must not decide whether an upper directory can become a layer.
  options += in_user_namespace ? ",userxattr" : ",redirect_dir=off,metacopy=off";
  if (options.size() < kOptionPage) return options;
  return Failure(ErrorKind::kExhausted, "the image has {} layers, more than one overlay mount can name",
                 overlay.lower_names.size())
      .with_hint("build it with fewer layers");
}

Result<UniqueFd> mount_root(const RootMount& root) {
  TRY(os::set_propagation("/", root.propagation));
  if (root.mapped) return attach_mapped(*root.mapped);
  if ((root.propagation & MS_SHARED) != 0) TRY(make_parent_mount_private(root.path));
  if (root.overlay) {
    TRY(mount_overlay(root));
  } else {
    TRY(bind_root(root.path).context("root file system"));
  }
  return os::open(root.path, O_PATH | O_DIRECTORY);
}

Result<void> enter_root(BorrowedFd root) {
  const UniqueFd old_root = TRY(os::open("/", O_PATH | O_DIRECTORY));
  // Stacking the old root on "." spares a scratch directory inside the image, which may be read-only.
  TRY(os::change_directory(root));
  TRY(os::pivot_root(".", "."));
  // Slave first: unmounting a shared old root would propagate to the host.
  TRY(os::change_directory(old_root));
  TRY(os::set_propagation(".", MS_SLAVE | MS_REC));
  TRY(os::unmount(".", MNT_DETACH));
  // The working directory is still the detached old root, which would be a way out.
  return os::change_directory("/");
}

Result<void> move_root(BorrowedFd root, const std::string& path) {
  TRY(drop_kernel_mounts(path));
  TRY(os::change_directory(root));
  if (::mount(path.c_str(), "/", nullptr, MS_MOVE, nullptr) != 0) return os::last_error("move the root mount", path);
  if (::chroot(".") != 0) return os::last_error("change root to", path);
  return os::change_directory("/");
}

}  // namespace tare::runtime
