#include "runtime/init/copy_up.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::runtime {
namespace {

Result<void> copy_ownership(BorrowedFd to, const struct stat& status, const std::string& name) {
  if (::fchown(to.get(), status.st_uid, status.st_gid) != 0) return os::last_error("change owner of", name);
  // After the owner, whose change drops the set-user-id bit.
  if (::fchmod(to.get(), status.st_mode & 07777) != 0) return os::last_error("change mode of", name);
  return {};
}

Result<void> copy_file(BorrowedFd from, BorrowedFd to, const struct stat& status, const std::string& name) {
  const UniqueFd source = TRY(os::open_beneath(from, name, O_RDONLY | O_NOFOLLOW));
  const UniqueFd target = TRY(os::open_beneath(to, name, O_CREAT | O_EXCL | O_WRONLY, 0600));
  ssize_t copied = 1;
  while (copied > 0) copied = ::sendfile(target.get(), source.get(), nullptr, 1 << 20);
  if (copied < 0) return os::last_error("copy", name);
  return copy_ownership(target, status, name);
}

Result<void> copy_link(BorrowedFd from, BorrowedFd to, const struct stat& status, const std::string& name) {
  char content[PATH_MAX] = {};
  if (::readlinkat(from.get(), name.c_str(), content, sizeof content - 1) < 0) return os::last_error("read link", name);
  if (::symlinkat(content, to.get(), name.c_str()) != 0) return os::last_error("link", name);
  if (::fchownat(to.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("change owner of", name);
  }
  return {};
}

Result<void> copy_entry(BorrowedFd from, BorrowedFd to, const std::string& name) {
  struct stat status {};
  if (::fstatat(from.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return os::last_error("stat", name);
  if (S_ISREG(status.st_mode)) return copy_file(from, to, status, name);
  if (S_ISLNK(status.st_mode)) return copy_link(from, to, status, name);
  if (!S_ISDIR(status.st_mode)) return {};
  if (::mkdirat(to.get(), name.c_str(), 0700) != 0) return os::last_error("make directory", name);
  const UniqueFd source = TRY(os::open_beneath(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  const UniqueFd target = TRY(os::open_beneath(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(copy_up(source, target, name));
  return copy_ownership(target, status, name);
}

}  // namespace

Result<void> copy_up(BorrowedFd from, BorrowedFd to, const std::string& name) {
  const auto names = TRY(os::list_directory(formatted("/proc/self/fd/{}", from.get())));
  for (const auto& entry : names) TRY(copy_entry(from, to, entry).context(name));
  return {};
}

}  // namespace tare::runtime
