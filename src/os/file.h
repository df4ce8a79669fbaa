// Files and directories. Every open is close-on-exec. Paths that come from an image, an archive or a container are
// only ever opened through open_in_root or open_beneath.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/stream.h"

namespace tare::os {

// open(2) and openat(2); O_CLOEXEC is added.
Result<UniqueFd> open(const std::string& path, int flags, mode_t mode = 0);
Result<UniqueFd> open_at(BorrowedFd directory, const std::string& path, int flags, mode_t mode = 0);
// openat2(2): symlinks, absolute ones too, resolve as if `root` were "/" (RESOLVE_IN_ROOT), and magic links are
// refused.
Result<UniqueFd> open_in_root(BorrowedFd root, const std::string& path, int flags, mode_t mode = 0);
// The same, and no part of the path may be a symlink (ELOOP).
Result<UniqueFd> open_plain_in_root(BorrowedFd root, const std::string& path, int flags);
// openat2(2): nothing may lead out of `directory` (RESOLVE_BENEATH), and magic links are refused.
Result<UniqueFd> open_beneath(BorrowedFd directory, const std::string& path, int flags, mode_t mode = 0);

// The whole file as text; kCorrupt when it is longer than `limit` bytes.
Result<std::string> read_file(const std::string& path, size_t limit = size_t{64} << 20);
Result<std::string> read_fd(BorrowedFd fd, std::string_view name, size_t limit = size_t{64} << 20);
Result<void> write_all(BorrowedFd fd, std::string_view bytes, std::string_view name);
// Writes in place: for kernel files (/proc, cgroups), where a rename is impossible.
Result<void> write_file(const std::string& path, std::string_view bytes);
// The same for a file of /proc; refused when something else lies there, which would only pretend to be set.
Result<void> write_proc_file(const std::string& path, std::string_view bytes);
// Replaces `path` by rename, so that a reader sees the old or the new content, never a part. Not synced to disk.
Result<void> write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode = 0644);
// For what nobody reads before the caller is done: a new file is written in its place, without a rename; one that is
// there is replaced as by write_file_atomic.
Result<void> put_file(const std::string& path, std::string_view bytes, mode_t mode = 0644);

bool exists(const std::string& path);                                        // lexists: a dangling symlink exists
Result<struct stat> status(const std::string& path);                         // follows symlinks
Result<struct stat> link_status(const std::string& path);                    // does not
Result<void> make_directory(const std::string& path, mode_t mode = 0755);    // kAlreadyExists when there is one
Result<void> make_directories(const std::string& path, mode_t mode = 0755);  // with parents; existing ones are fine
Result<std::vector<std::string>> list_directory(const std::string& path);    // names, sorted, without . and ..
Result<void> rename(const std::string& from, const std::string& to);
Result<void> remove_file(const std::string& path);       // unlink; kNotFound when absent
Result<void> remove_directory(const std::string& path);  // rmdir
// Removes a file or a directory with all in it; what is absent is fine. Never follows a symlink, nor crosses a mount.
Result<void> remove_tree(const std::string& path);
// A new, empty directory `parent/prefixXXXXXX`, mode 0700.
Result<std::string> make_temporary_directory(const std::string& parent, std::string_view prefix);
Result<void> change_owner(const std::string& path, uid_t owner);  // of the file itself; its group stays
Result<std::string> read_link(const std::string& path);
// Tells ext4 that the directories in `path` have nothing to do with one another (its "top directory" flag): each gets a
// part of the disk by its name, not the neighbourhood of the last one. That neighbourhood may be full of inodes that
// were freed in the last minutes, which ext4 passes over one by one at every file that is made: a pull after a removal
// took ten times as long. A hint, without effect elsewhere.
void spread_directories(const std::string& path);
Result<void> sync_file_system(const std::string& path);  // syncfs(2) of the file system that holds `path`
Result<std::string> random_bytes(size_t count);          // getrandom(2)

// An flock(2) on a file, held until destroyed or the process ends. The file is made when absent and never removed.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  static Result<FileLock> acquire(const std::string& path, Mode mode);  // blocks
  // Nothing when another process holds it.
  static Result<std::optional<FileLock>> try_acquire(const std::string& path, Mode mode);
  // Whether a process, also this one, holds it exclusively. Makes no file.
  static bool is_held(const std::string& path);
  BorrowedFd fd() const { return fd_; }
  UniqueFd release() && { return std::move(fd_); }

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Adapters between descriptors and streams; `name` is for messages. They borrow the descriptor.
class FdSource : public ByteSource {
 public:
  FdSource(BorrowedFd fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<size_t> read(std::span<std::byte> buffer) override;

 private:
  BorrowedFd fd_;
  std::string name_;
};

class FdSink : public ByteSink {
 public:
  FdSink(BorrowedFd fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<void> write(ByteView bytes) override;

 private:
  BorrowedFd fd_;
  std::string name_;
};

}  // namespace tare::os
