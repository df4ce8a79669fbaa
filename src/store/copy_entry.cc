#include "store/copy_entry.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>

#include "os/error.h"
#include "os/file.h"
#include "store/attributes.h"
#include "store/overlay_format.h"

namespace tare::store {
namespace {

Result<struct stat> status_of(const EntryName& entry) {
  struct stat status {};
  if (::fstatat(entry.directory.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("stat", entry.name);
  }
  return status;
}

Result<void> copy_attributes(const EntryName& from, const EntryName& to) {
  const std::string target = fd_path(to.directory, to.name);
  for (const auto& attribute : TRY(read_attributes(fd_path(from.directory, from.name)))) {
    if (is_overlay_attribute(attribute.name)) continue;
    if (::lsetxattr(target.c_str(), attribute.name.c_str(), attribute.value.data(), attribute.value.size(), 0) != 0 &&
        errno != ENOTSUP && errno != EPERM) {
      return os::last_error(formatted("set attribute {} of", attribute.name), to.name);
    }
  }
  return {};
}

// One region of data, from `start` to `end`.
Result<void> copy_region(BorrowedFd in, BorrowedFd out, off_t start, off_t end, const std::string& name) {
  off_t to = start;
  while (start < end) {
    const ssize_t count = os::retry_interrupted(
        [&] { return ::copy_file_range(in.get(), &start, out.get(), &to, static_cast<size_t>(end - start), 0); });
    if (count < 0) return os::last_error("copy", name);
    if (count == 0) return {};  // the file became shorter: ftruncate at the end pads it
  }
  return {};
}

Result<void> copy_data(BorrowedFd in, BorrowedFd out, off_t size, const std::string& name) {
  if (::ioctl(out.get(), FICLONE, in.get()) == 0) return {};
  for (off_t end = 0; end < size;) {
    const off_t start = ::lseek(in.get(), end, SEEK_DATA);
    if (start < 0) break;  // ENXIO: only a hole is left
    end = ::lseek(in.get(), start, SEEK_HOLE);
    if (end < 0) return os::last_error("find holes of", name);
    TRY(copy_region(in, out, start, end, name));
  }
  if (::ftruncate(out.get(), size) != 0) return os::last_error("set size of", name);
  return {};
}

Result<void> copy_file(const EntryName& from, const EntryName& to, off_t size) {
  const auto in = TRY(os::open_at(from.directory, from.name, O_RDONLY | O_NOFOLLOW));
  const auto out = TRY(os::open_at(to.directory, to.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  return copy_data(in, out, size, from.name);
}

}  // namespace

Result<void> copy_metadata(const EntryName& from, const EntryName& to) {
  const auto status = TRY(status_of(from));
  // An owner that this user namespace has no id for stays what it is (see layer_tree.cc).
  if (::fchownat(to.directory.get(), to.name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0 &&
      errno != EINVAL) {
    return os::last_error("set owner of", to.name);
  }
  if (!S_ISLNK(status.st_mode) && ::fchmodat(to.directory.get(), to.name.c_str(), status.st_mode & 07777, 0) != 0) {
    return os::last_error("set mode of", to.name);
  }
  TRY(copy_attributes(from, to));
  const std::array<timespec, 2> times = {status.st_mtim, status.st_mtim};
  if (::utimensat(to.directory.get(), to.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("set time of", to.name);
  }
  return {};
}

Result<void> copy_entry(const EntryName& from, const EntryName& to) {
  const auto status = TRY(status_of(from));
  if (S_ISREG(status.st_mode)) {
    TRY(copy_file(from, to, status.st_size));
  } else if (S_ISLNK(status.st_mode)) {
    const std::string target = TRY(os::read_link(fd_path(from.directory, from.name)));
    if (::symlinkat(target.c_str(), to.directory.get(), to.name.c_str()) != 0) {
      return os::last_error("make symlink", to.name);
    }
  } else if (::mknodat(to.directory.get(), to.name.c_str(), (status.st_mode & S_IFMT) | 0600, status.st_rdev) != 0) {
    return os::last_error("make device", to.name);
  }
  return copy_metadata(from, to);
}

}  // namespace tare::store
