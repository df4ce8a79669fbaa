#include "runtime/init/mount_target.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::runtime {
namespace {

constexpr int kMaximumLinks = 40;  // as the kernel

struct Parts {
  std::string parent;
  std::string name;
};

Parts split_path(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"/", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// What the last part of a path links to, as a path from the root; empty when it is no symlink.
std::string link_target(BorrowedFd parent, const Parts& parts) {
  char buffer[PATH_MAX];
  const ssize_t length = ::readlinkat(parent.get(), parts.name.c_str(), buffer, sizeof buffer);
  if (length <= 0) return "";
  const std::string target(buffer, static_cast<size_t>(length));
  return target.starts_with('/') ? target : parts.parent + "/" + target;
}

Result<void> make_last(BorrowedFd parent, const Parts& parts, TargetKind kind) {
  if (kind == TargetKind::kDirectory) {
    if (::mkdirat(parent.get(), parts.name.c_str(), 0755) != 0 && errno != EEXIST) {
      return os::last_error("make directory", parts.parent + "/" + parts.name);
    }
    return {};
  }
  const UniqueFd made(::openat(parent.get(), parts.name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644));
  if (!made.valid() && errno != EEXIST) return os::last_error("make file", parts.parent + "/" + parts.name);
  return {};
}

bool is_proc(BorrowedFd directory) {
  struct statfs status {};
  return ::fstatfs(directory.get(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

Result<UniqueFd> make_following(BorrowedFd root, const std::string& path, TargetKind kind, int links_left) {
  auto opened = os::open_in_root(root, path, O_PATH);
  if (opened.ok() || opened.error().errno_value() != ENOENT) return opened;
  if (links_left == 0) return Failure(ErrorKind::kInvalidArgument, "{}: too many symbolic links", path);
  const Parts parts = split_path(path);
  const UniqueFd parent = TRY(make_following(root, parts.parent, TargetKind::kDirectory, links_left - 1));
  if (is_proc(parent)) return opened;  // nothing can be made there, and its links are no paths
  const std::string target = link_target(parent, parts);
  if (!target.empty()) return make_following(root, target, kind, links_left - 1);
  TRY(make_last(parent, parts, kind));
  return os::open_in_root(root, path, O_PATH);
}

}  // namespace

Result<UniqueFd> make_in_root(BorrowedFd root, const std::string& path, TargetKind kind) {
  return make_following(root, path, kind, kMaximumLinks);
}

Result<UniqueFd> make_plain_in_root(BorrowedFd root, const std::string& path) {
  auto opened = os::open_plain_in_root(root, path, O_PATH | O_DIRECTORY);
  if (!opened.ok() && opened.error().errno_value() == ENOENT) {
    TRY(make_in_root(root, path, TargetKind::kDirectory));
    opened = os::open_plain_in_root(root, path, O_PATH | O_DIRECTORY);
  }
  if (opened.ok() || opened.error().errno_value() != ELOOP) return opened;
  return Failure(ErrorKind::kPermissionDenied, "{} must be a directory, and it is or leads through a symbolic link",
                 path);
}

Result<ParentAndName> make_parent_in_root(BorrowedFd root, const std::string& path) {
  const Parts parts = split_path(path);
  ParentAndName result;
  result.parent = TRY(make_in_root(root, parts.parent, TargetKind::kDirectory));
  result.name = parts.name;
  return result;
}

}  // namespace tare::runtime
