#include "runtime/init/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
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

// A symlink of the image could lead a harmless destination into /proc, and a fake there deceives who reads it.
Result<void> refuse_proc(BorrowedFd target, const MountStep& step) {
  struct statfs status {};
  const bool is_proc = ::fstatfs(target.get(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
  if (!is_proc || step.destination.starts_with("/proc")) return {};
  return Failure(ErrorKind::kPermissionDenied, "{} leads into /proc", step.destination);
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
  const UniqueFd target = TRY(make_in_root(root, step.destination, kind_of(tree)));
  TRY(refuse_proc(target, step));
  return os::attach_tree(tree, target, step.destination);
}

Result<void> apply_bind(BorrowedFd tree, const MountStep& step, BorrowedFd root) {
  TRY(apply_attributes(tree, step));
  return attach(tree, step, root);
}

Result<void> apply_bind(const MountStep& step, BorrowedFd root) {
  const UniqueFd tree = TRY(os::clone_tree(step.source, step.options.bind_depth));
  return apply_bind(tree, step, root);
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

// A tmpfs whose mode nobody asked for has that of the directory below it: /tmp stays sticky.
std::string file_system_options(const MountStep& step, BorrowedFd target) {
  const std::string& options = step.options.file_system_options;
  struct stat status {};
  const bool keeps_mode = step.type != "tmpfs" || options.find("mode=") != std::string::npos;
  if (keeps_mode || ::fstat(target.get(), &status) != 0) return options;
  return formatted("{}{}mode={:o}", options, options.empty() ? "" : ",", status.st_mode & 07777);
}

Result<void> apply_file_system(const MountStep& step, BorrowedFd root, bool in_user_namespace) {
  const UniqueFd target = TRY(make_in_root(root, step.destination, TargetKind::kDirectory));
  TRY(refuse_proc(target, step));
  auto mounted = os::mount_file_system({step.type, step.source, step.options.flags, file_system_options(step, target)},
                                       target, step.destination);
  if (!mounted.ok()) {
    if (!in_user_namespace) return mounted;
    TRY(mount_in_user_namespace(std::move(mounted).error(), step, target, root));
  }
  const bool changes = !step.options.propagation.empty() || step.options.recursive_set != 0 || step.options.copy_up;
  if (!changes) return {};
  // `target` is what lies under the new mount.
  const UniqueFd top = TRY(os::open_in_root(root, step.destination, O_PATH));
  MountStep rest = step;
  rest.options.set = rest.options.clear = 0;
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

Result<void> apply_step(const MountStep& step, BorrowedFd root, bool in_user_namespace) {
  switch (step.kind) {
    case MountStep::Kind::kFileSystem:
      return apply_file_system(step, root, in_user_namespace);
    case MountStep::Kind::kBind:
      return apply_bind(step, root);
    case MountStep::Kind::kLink:
      return apply_link(step, root);
    case MountStep::Kind::kSeal:
      return seal_mount(root, step.destination);
  }
  return {};
}

}  // namespace

Result<void> apply_mounts(const Mounts& mounts, BorrowedFd root) {
  for (size_t number = 0; number < mounts.steps.size(); ++number) {
    const MountStep& step = mounts.steps[number];
    const bool mapped = number < mounts.mapped_binds.size() && mounts.mapped_binds[number].valid();
    auto applied =
        mapped ? apply_bind(mounts.mapped_binds[number], step, root) : apply_step(step, root, mounts.in_user_namespace);
    TRY(std::move(applied).context(formatted("mount {}", step.destination)));
  }
  return {};
}

Result<void> seal_mount(BorrowedFd root, const std::string& destination) {
  const UniqueFd top = TRY(os::open_in_root(root, destination, O_PATH));
  return os::set_mount_attributes(top, os::TreeDepth::kTop, MOUNT_ATTR_RDONLY, 0, 0, destination);
}

}  // namespace tare::runtime
