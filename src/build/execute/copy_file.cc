#include "build/execute/copy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

constexpr size_t kChunk = size_t{1} << 30;

Result<void> copy_through_memory(BorrowedFd source, BorrowedFd target, const std::string& path) {
  os::FdSource from(source, path);
  os::FdSink to(target, path);
  return copy_all(from, to);
}

}  // namespace

Result<void> copy_bytes(BorrowedFd source, BorrowedFd target, const std::string& path) {
  for (bool first = true;; first = false) {
    const ssize_t copied = os::retry_interrupted(
        [&] { return ::copy_file_range(source.get(), nullptr, target.get(), nullptr, kChunk, 0); });
    // 0 at once may be an empty file, or one of a file system that knows no sizes (/proc): reading tells.
    if (copied == 0 && first) return copy_through_memory(source, target, path);
    if (copied == 0) return {};
    if (copied > 0) continue;
    const bool cannot = errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
    if (!cannot || !first) return os::last_error("copy", path);
    return copy_through_memory(source, target, path);
  }
}

Result<void> remove_target(BorrowedFd folder, const std::string& name, const std::string& path) {
  if (::unlinkat(folder.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return os::last_error("replace", path);
  if (::unlinkat(folder.get(), name.c_str(), AT_REMOVEDIR) == 0) return {};
  if (errno == ENOTEMPTY || errno == EEXIST) {
    return Failure(ErrorKind::kConflict, "cannot replace the folder {} by a file: it is not empty", path);
  }
  return os::last_error("replace", path);
}

Result<UniqueFd> create_file(BorrowedFd folder, const std::string& name, const std::string& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  auto file = os::open_at(folder, name, kFlags, 0600);
  if (file.ok() || file.error().kind() != ErrorKind::kAlreadyExists) return file;
  TRY(remove_target(folder, name, path));
  return os::open_at(folder, name, kFlags, 0600);
}

Result<void> set_attributes(BorrowedFd file, const Attributes& attributes, const std::string& path) {
  if (::fchown(file.get(), attributes.owner.uid, attributes.owner.gid) != 0) {
    return os::last_error("change owner of", path);
  }
  if (::fchmod(file.get(), attributes.mode & 07777) != 0) return os::last_error("change mode of", path);
  const timespec times[2] = {attributes.modified, attributes.modified};
  if (::futimens(file.get(), times) != 0) return os::last_error("set times of", path);
  return {};
}

Result<void> set_attributes_at(BorrowedFd folder, const std::string& name, const Attributes& attributes, bool is_link,
                               const std::string& path) {
  const auto& owner = attributes.owner;
  if (::fchownat(folder.get(), name.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("change owner of", path);
  }
  if (!is_link && ::fchmodat(folder.get(), name.c_str(), attributes.mode & 07777, 0) != 0) {
    return os::last_error("change mode of", path);
  }
  const timespec times[2] = {attributes.modified, attributes.modified};
  if (::utimensat(folder.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("set times of", path);
  }
  return {};
}

}  // namespace tare::build
