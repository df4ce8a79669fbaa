#include "runtime/init/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"
#include "runtime/init/copy_up.h"
#include "runtime/init/mount_target.h"

namespace tare::runtime {
namespace {

TargetKind kind_of(BorrowedFd file) {
  struct stat status {};
  const bool is_directory = ::fstat(file.get(), &status) != 0 || S_ISDIR(status.st_mode);
  return is_directory ? TargetKind::kDirectory : TargetKind::kFile;
}

bool is_proc(BorrowedFd file) {
  struct statfs status {};
  return ::fstatfs(file.get(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

bool is_or_is_below(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

// A symlink of the image could lead a harmless destination into /proc, and a fake there deceives who reads it. What may
// lie below /proc by its name was decided by the plan.
Result<void> refuse_proc(BorrowedFd target, const MountStep& step) {
  if (is_or_is_below(step.destination, "/proc") || !is_proc(target)) return {};
  return Failure(ErrorKind::kPermissionDenied, "{} leads into /proc", step.destination);
}

// Only the kernel's own procfs may be /proc: security depends on what is written to its files (CVE-2019-16884).
Result<void> require_proc(BorrowedFd tree, const MountStep& step) {
  if (step.destination != "/proc" || is_proc(tree)) return {};
  return Failure(ErrorKind::kPermissionDenied, "{} is no procfs, and nothing else may be mounted on /proc",
                 step.source);
}

// procfs and sysfs go where they say: through a symlink of the image, into a volume for instance, they would be
// exchanged before their paths are masked (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642).
bool must_be_plain(const MountStep& step) {
  return step.type == "proc" || step.type == "sysfs" || is_or_is_below(step.destination, "/proc");
}

Result<UniqueFd> make_target(const MountStep& step, TargetKind kind, BorrowedFd root) {
  if (kind == TargetKind::kDirectory && must_be_plain(step)) return make_plain_in_root(root, step.destination);
  return make_in_root(root, step.destination, kind);
}

Result<void> apply_attributes(BorrowedFd tree, const MountStep& step) {
  const MountOptions& options = step.options;
  if ((options.set | options.clear) != 0) {
    TRY(os::set_mount_attributes(tree, os::TreeDepth::kTop, options.set, options.clear, 0, step.destination));
  }
  if ((options.recursive_set | options.recursive_clear) != 0) {
    TRY(os::set_mount_attributes(tree, os::TreeDepth::kAll, options.recursive_set, options.recursive_clear, 0,
                                 step.destination));
  }
  for (const uint64_t propagation : options.propagation) {
    const auto depth = (propagation & MS_REC) != 0 ? os::TreeDepth::kAll : os::TreeDepth::kTop;
    TRY(os::set_mount_attributes(tree, depth, 0, 0, propagation & ~uint64_t{MS_REC}, step.destination));
  }
  return {};
}

Result<void> attach(BorrowedFd tree, const MountStep& step, BorrowedFd root) {
  TRY(require_proc(tree, step));
  const UniqueFd target = TRY(make_target(step, kind_of(tree), root));
  TRY(refuse_proc(target, step));
  return os::attach_tree(tree, target, step.destination);
}

Result<void> apply_tree(const MountStep& step, BorrowedFd tree, BorrowedFd root) {
  TRY(apply_attributes(tree, step));
  return attach(tree, step, root);
}

Result<void> apply_bind(const MountStep& step, BorrowedFd root) {
  const UniqueFd tree = TRY(os::clone_tree(step.source, step.options.bind_depth));
  return apply_tree(step, tree, root);
}

Result<void> apply_remount(const MountStep& step, BorrowedFd root) {
  const UniqueFd top = TRY(os::open_in_root(root, step.destination, O_PATH));
  if (!step.options.bind) {
    TRY(os::mount_file_system(
        {step.type, step.source, step.options.flags | MS_REMOUNT, step.options.file_system_options}, top,
        step.destination));
  }
  return apply_attributes(top, step);
}

Result<void> set_label(BorrowedFd top, const MountStep& step) {
  if (step.label.empty()) return {};
  const std::string path = formatted("/proc/self/fd/{}", top.get());
  if (::setxattr(path.c_str(), "security.selinux", step.label.c_str(), step.label.size() + 1, 0) != 0) {
    return os::last_error("label", step.destination);
  }
  return {};
}

// What a user namespace may not mount anew is the host's own, read-only: /sys without a network namespace, cgroups.
Result<void> bind_instead(const MountStep& step, const std::string& source, BorrowedFd root) {
  MountStep bound = step;
  bound.source = source;
  bound.options.bind_depth = os::TreeDepth::kAll;
  bound.options.recursive_set |= step.options.set | MOUNT_ATTR_RDONLY;
  return apply_bind(bound, root);
}

std::string without_group(const std::string& options) {
  std::vector<std::string> kept;
  for (const auto& option : split(options, ',')) {
    if (!option.starts_with("gid=")) kept.push_back(option);
  }
  return join(kept, ",");
}

Result<void> mount_in_user_namespace(Error failed, const MountStep& step, BorrowedFd target, BorrowedFd root) {
  const int number = failed.errno_value();
  if (step.type == "sysfs" && number == EPERM) return bind_instead(step, "/sys", root);
  if (step.type == "cgroup2" && (number == EPERM || number == EBUSY)) return bind_instead(step, "/sys/fs/cgroup", root);
  // The tty group (gid=5) may have no mapping.
  const std::string options = without_group(step.options.file_system_options);
  if (step.type == "devpts" && number == EINVAL && options != step.options.file_system_options) {
    return os::mount_file_system({step.type, step.source, step.options.flags, options}, target, step.destination);
  }
  return failed;
}

// A tmpfs whose mode nobody asked for has that of the directory below it (/tmp stays sticky), and where there was none
// the kernel's default, 1777.
bool inherits_mode(const MountStep& step, BorrowedFd root) {
  if (step.type != "tmpfs" || step.options.file_system_options.find("mode=") != std::string::npos) return false;
  return os::open_in_root(root, step.destination, O_PATH).ok();
}

std::string with_mode_of(const std::string& options, BorrowedFd directory) {
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return options;
  return formatted("{}{}mode={:o}", options, options.empty() ? "" : ",", status.st_mode & 07777);
}

Result<void> apply_file_system(const MountStep& step, BorrowedFd root, bool in_user_namespace) {
  const bool inherits = inherits_mode(step, root);
  const UniqueFd target = TRY(make_target(step, TargetKind::kDirectory, root));
  TRY(refuse_proc(target, step));
  const std::string& given = step.options.file_system_options;
  const std::string options = inherits ? with_mode_of(given, target) : given;
  auto mounted = os::mount_file_system({step.type, step.source, step.options.flags, options}, target, step.destination);
  if (!mounted.ok()) {
    if (!in_user_namespace) return mounted;
    TRY(mount_in_user_namespace(std::move(mounted).error(), step, target, root));
  }
  const bool changes = !step.options.propagation.empty() || step.options.copy_up || !step.label.empty() ||
                       (step.options.recursive_set | step.options.recursive_clear) != 0;
  if (!changes) return {};
  // `target` is what lies under the new mount.
  const UniqueFd top = TRY(os::open_in_root(root, step.destination, O_PATH));
  MountStep rest = step;
  rest.options.set = rest.options.clear = 0;
  TRY(set_label(top, step));
  if (step.options.copy_up) TRY(copy_up(target, top, step.destination));
  return apply_attributes(top, rest);
}

Result<void> apply_link(const MountStep& step, BorrowedFd root) {
  const auto place = TRY(make_parent_in_root(root, step.destination));
  if (::symlinkat(step.source.c_str(), place.parent.get(), place.name.c_str()) != 0 && errno != EEXIST) {
    return os::last_error("link", step.destination);
  }
  return {};
}

Result<void> apply_step(const MountStep& step, const UniqueFd* tree, BorrowedFd root, bool in_user_namespace) {
  switch (step.kind) {
    case MountStep::Kind::kFileSystem:
      return apply_file_system(step, root, in_user_namespace);
    case MountStep::Kind::kBind:
      return tree != nullptr && tree->valid() ? apply_tree(step, *tree, root) : apply_bind(step, root);
    case MountStep::Kind::kRemount:
      return apply_remount(step, root);
    case MountStep::Kind::kLink:
      return apply_link(step, root);
    case MountStep::Kind::kSeal:
      return seal_mount(root, step.destination);
  }
  return {};
}

}  // namespace

Result<void> apply_mounts(const std::vector<MountStep>& steps, const std::vector<UniqueFd>& trees, BorrowedFd root,
                          bool in_user_namespace) {
  for (size_t index = 0; index < steps.size(); ++index) {
    const MountStep& step = steps[index];
    const UniqueFd* tree = trees.empty() ? nullptr : &trees[index];
    TRY(apply_step(step, tree, root, in_user_namespace).context(formatted("mount {}", step.destination)));
  }
  return {};
}

Result<void> seal_mount(BorrowedFd root, const std::string& destination) {
  const UniqueFd top = TRY(os::open_in_root(root, destination, O_PATH));
  return os::set_mount_attributes(top, os::TreeDepth::kTop, MOUNT_ATTR_RDONLY, 0, 0, destination);
}

}  // namespace tare::runtime
