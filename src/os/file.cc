#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "os/error.h"

namespace tare::os {
namespace {

Result<UniqueFd> open_resolved(BorrowedFd directory, const std::string& path, int flags, mode_t mode, __u64 resolve) {
  open_how how{};
  how.flags = static_cast<__u64>(flags) | O_CLOEXEC;
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename raced with a ".." in the path; the kernel asks to try again.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const long fd = syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof how);
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    if (errno != EINTR && errno != EAGAIN) break;
  }
  return last_error("open", path);
}

Result<void> remove_entry(int directory, const char* name, const std::string& shown);

// Removes what is in `directory`, which it consumes.
Result<void> remove_content(UniqueFd directory, const std::string& shown) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(directory.get()), ::closedir);
  if (!listing) return last_error("read directory", shown);
  const int fd = directory.release();
  // Deleting while reading may skip entries on some file systems: start over until nothing is left.
  for (bool removed = true; removed;) {
    removed = false;
    ::rewinddir(listing.get());
    while (const dirent* entry = ::readdir(listing.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string inside = formatted("{}/{}", shown, name);
      auto result = remove_entry(fd, entry->d_name, inside);
      // An ordinary user's own directory without write permission: a layer may have any mode.
      if (!result.ok() && result.error().errno_value() == EACCES && ::fchmod(fd, 0700) == 0) {
        result = remove_entry(fd, entry->d_name, inside);
      }
      TRY(std::move(result));
      removed = true;
    }
  }
  return {};
}

// A mount inside the tree is somebody's data (a volume, a bind mount): it is not removed with the tree.
Result<void> check_same_file_system(int directory, BorrowedFd child, const std::string& shown) {
  if (directory == AT_FDCWD) return {};  // the tree itself may be anywhere
  struct stat inside {};
  struct stat outside {};
  if (::fstat(child.get(), &inside) != 0 || ::fstat(directory, &outside) != 0) return last_error("stat", shown);
  if (inside.st_dev == outside.st_dev) return {};
  return Failure(ErrorKind::kConflict, "remove {}: something is mounted there", shown);
}

Result<void> remove_entry(int directory, const char* name, const std::string& shown) {
  if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM && errno != EBUSY) return last_error("remove", shown);
  UniqueFd child(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!child.valid() && errno == EACCES && ::fchmodat(directory, name, 0700, 0) == 0) {
    child.reset(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!child.valid()) return errno == ENOENT ? Result<void>() : last_error("remove", shown);
  TRY(check_same_file_system(directory, child, shown));
  TRY(remove_content(std::move(child), shown));
  if (::unlinkat(directory, name, AT_REMOVEDIR) != 0 && errno != ENOENT) return last_error("remove directory", shown);
  return {};
}

Result<std::optional<UniqueFd>> lock_file(const std::string& path, int operation) {
  auto fd = TRY(open(path, O_RDWR | O_CREAT, 0600));
  if (retry_interrupted([&] { return ::flock(fd.get(), operation); }) == 0) return std::optional(std::move(fd));
  if (errno == EWOULDBLOCK) return std::optional<UniqueFd>();
  return last_error("lock", path);
}

int lock_operation(FileLock::Mode mode) { return mode == FileLock::Mode::kShared ? LOCK_SH : LOCK_EX; }

}  // namespace

Result<UniqueFd> open(const std::string& path, int flags, mode_t mode) {
  return open_at(BorrowedFd(AT_FDCWD), path, flags, mode);
}

Result<UniqueFd> open_at(BorrowedFd directory, const std::string& path, int flags, mode_t mode) {
  UniqueFd fd(retry_interrupted([&] { return ::openat(directory.get(), path.c_str(), flags | O_CLOEXEC, mode); }));
  if (!fd.valid()) return last_error("open", path);
  return fd;
}

Result<UniqueFd> open_in_root(BorrowedFd root, const std::string& path, int flags, mode_t mode) {
  return open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT);
}

Result<UniqueFd> open_plain_in_root(BorrowedFd root, const std::string& path, int flags) {
  return open_resolved(root, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

Result<UniqueFd> open_beneath(BorrowedFd directory, const std::string& path, int flags, mode_t mode) {
  return open_resolved(directory, path, flags, mode, RESOLVE_BENEATH);
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  const auto fd = TRY(open(path, O_RDONLY));
  return read_fd(fd, path, limit);
}

Result<std::string> read_fd(BorrowedFd fd, std::string_view name, size_t limit) {
  FdSource source(fd, std::string(name));
  return read_all(source, limit).context(formatted("read {}", name));
}

Result<void> write_all(BorrowedFd fd, std::string_view bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t count = retry_interrupted([&] { return ::write(fd.get(), bytes.data(), bytes.size()); });
    if (count < 0) return last_error("write", name);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
  const auto fd = TRY(open(path, O_WRONLY));
  return write_all(fd, bytes, path);
}

Result<void> write_proc_file(const std::string& path, std::string_view bytes) {
  const auto fd = TRY(open(path, O_WRONLY));
  struct statfs system {};
  if (::fstatfs(fd.get(), &system) != 0) return last_error("look at the file system of", path);
  if (system.f_type != PROC_SUPER_MAGIC) {
    return Failure(ErrorKind::kPermissionDenied, "{} is no file of procfs: nothing was written", path);
  }
  return write_all(fd, bytes, path);
}

Result<void> write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string temporary = formatted("{}.{}.new", path, hex(TRY(random_bytes(6))));
  auto fd = TRY(open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode));
  auto written = write_all(fd, bytes, path);
  if (written.ok()) written = rename(temporary, path);
  if (!written.ok()) ::unlink(temporary.c_str());
  return written;
}

Result<void> put_file(const std::string& path, std::string_view bytes, mode_t mode) {
  auto fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (fd.ok()) return write_all(*fd, bytes, path);
  if (fd.error().kind() == ErrorKind::kAlreadyExists) return write_file_atomic(path, bytes, mode);
  return std::move(fd).error();
}

bool exists(const std::string& path) {
  struct stat ignored {};
  return ::lstat(path.c_str(), &ignored) == 0;
}

Result<struct stat> status(const std::string& path) {
  struct stat result {};
  if (::stat(path.c_str(), &result) != 0) return last_error("stat", path);
  return result;
}

Result<struct stat> link_status(const std::string& path) {
  struct stat result {};
  if (::lstat(path.c_str(), &result) != 0) return last_error("stat", path);
  return result;
}

Result<void> make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) return last_error("make directory", path);
  return {};
}

Result<void> make_directories(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return {};
  if (errno == EEXIST) {
    const auto found = TRY(status(path));
    if (S_ISDIR(found.st_mode)) return {};
    return Error::from_errno(ENOTDIR, "make directory", path);
  }
  const size_t slash = path.find_last_of('/');
  if (errno != ENOENT || slash == std::string::npos || slash == 0) return last_error("make directory", path);
  TRY(make_directories(path.substr(0, slash), mode));
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return last_error("make directory", path);
  return {};
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  auto fd = TRY(open(path, O_RDONLY | O_DIRECTORY));
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd.get()), ::closedir);
  if (!listing) return last_error("read directory", path);
  (void)fd.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return last_error("rename", formatted("{} to {}", from, to));
  return {};
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return last_error("remove", path);
  return {};
}

Result<void> remove_directory(const std::string& path) {
  if (::rmdir(path.c_str()) != 0) return last_error("remove directory", path);
  return {};
}

Result<void> remove_tree(const std::string& path) { return remove_entry(AT_FDCWD, path.c_str(), path); }

Result<std::string> make_temporary_directory(const std::string& parent, std::string_view prefix) {
  std::string path = formatted("{}/{}XXXXXX", parent, prefix);
  if (::mkdtemp(path.data()) == nullptr) return last_error("make temporary directory in", parent);
  return path;
}

Result<void> change_owner(const std::string& path, uid_t owner) {
  if (::lchown(path.c_str(), owner, static_cast<gid_t>(-1)) != 0) return last_error("change the owner of", path);
  return {};
}

Result<std::string> read_link(const std::string& path) {
  std::string target(256, '\0');
  for (;;) {
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return last_error("read link", path);
    if (static_cast<size_t>(length) < target.size()) {
      target.resize(static_cast<size_t>(length));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

void spread_directories(const std::string& path) {
  const auto fd = open(path, O_RDONLY | O_DIRECTORY);
  int flags = 0;
  if (!fd.ok() || ::ioctl(fd->get(), FS_IOC_GETFLAGS, &flags) != 0) return;
  flags |= FS_TOPDIR_FL;
  (void)::ioctl(fd->get(), FS_IOC_SETFLAGS, &flags);
}

Result<void> sync_file_system(const std::string& path) {
  const auto fd = TRY(open(path, O_RDONLY));
  if (::syncfs(fd.get()) != 0) return last_error("sync file system of", path);
  return {};
}

Result<std::string> random_bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t have = 0; have < count;) {
    const ssize_t got = retry_interrupted([&] { return ::getrandom(bytes.data() + have, count - have, 0); });
    if (got < 0) return last_error("getrandom", "");
    have += static_cast<size_t>(got);
  }
  return bytes;
}

Result<FileLock> FileLock::acquire(const std::string& path, Mode mode) {
  auto fd = TRY(lock_file(path, lock_operation(mode)));
  return FileLock(std::move(*fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::string& path, Mode mode) {
  auto fd = TRY(lock_file(path, lock_operation(mode) | LOCK_NB));
  if (!fd) return std::optional<FileLock>();
  return std::optional(FileLock(std::move(*fd)));
}

bool FileLock::is_held(const std::string& path) {
  const auto fd = open(path, O_RDONLY);
  if (!fd.ok()) return false;
  return retry_interrupted([&] { return ::flock(fd->get(), LOCK_SH | LOCK_NB); }) != 0 && errno == EWOULDBLOCK;
}

Result<size_t> FdSource::read(std::span<std::byte> buffer) {
  const ssize_t count = retry_interrupted([&] { return ::read(fd_.get(), buffer.data(), buffer.size()); });
  if (count < 0) return last_error("read", name_);
  return static_cast<size_t>(count);
}

Result<void> FdSink::write(ByteView bytes) { return write_all(fd_, as_text(bytes), name_); }

}  // namespace tare::os
