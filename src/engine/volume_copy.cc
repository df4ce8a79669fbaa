#include "engine/volume_copy.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::engine {
namespace {

// Another container may have the volume already and change it under our hands: whatever is made there is reached by the
// descriptor of its directory, never by a path, and no symlink is followed.

Result<void> copy_metadata(const struct stat& from, BorrowedFd to, const std::string& name) {
  if (::fchown(to.get(), from.st_uid, from.st_gid) != 0) return os::last_error("chown", name);
  if (::fchmod(to.get(), from.st_mode & 07777) != 0) return os::last_error("chmod", name);
  const timespec times[2] = {from.st_atim, from.st_mtim};
  if (::futimens(to.get(), times) != 0) return os::last_error("set times of", name);
  return {};
}

Result<void> copy_file(const struct stat& status, const std::string& from, BorrowedFd folder, const std::string& name) {
  const auto source = TRY(os::open(from, O_RDONLY | O_NOFOLLOW));
  const auto target = TRY(os::open_at(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0600));
  ssize_t copied = 1;
  while (copied > 0) copied = ::sendfile(target.get(), source.get(), nullptr, size_t{16} << 20);
  if (copied < 0) return os::last_error("copy", from);
  return copy_metadata(status, target, name);
}

Result<void> copy_link(const struct stat& status, const std::string& from, BorrowedFd folder, const std::string& name) {
  const auto content = TRY(os::read_link(from));
  if (::symlinkat(content.c_str(), folder.get(), name.c_str()) != 0) return os::last_error("make symlink", name);
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (::fchownat(folder.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::utimensat(folder.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("set owner and times of", name);
  }
  return {};
}

Result<UniqueFd> make_folder(BorrowedFd folder, const std::string& name) {
  if (::mkdirat(folder.get(), name.c_str(), 0700) != 0) return os::last_error("make directory", name);
  return os::open_at(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

// Devices, sockets and FIFOs of the image do not become a volume's content. `directory` is as the container sees it and
// holds no symlinks.
Result<void> copy_directory(const ImageRoot& image, const std::string& directory, BorrowedFd to) {
  for (const auto& name : image.list(directory)) {
    const auto inside = directory + "/" + name;
    const auto from = TRY(image.find_itself(inside));
    if (!from) continue;
    const auto status = TRY(os::link_status(*from));
    if (S_ISREG(status.st_mode)) TRY(copy_file(status, *from, to, name));
    if (S_ISLNK(status.st_mode)) TRY(copy_link(status, *from, to, name));
    if (!S_ISDIR(status.st_mode)) continue;
    const auto folder = TRY(make_folder(to, name));
    TRY(copy_directory(image, inside, folder));
    TRY(copy_metadata(status, folder, name));
  }
  return {};
}

}  // namespace

Result<void> fill_new_volume(const std::string& mountpoint, const ImageRoot& image, const std::string& target) {
  const auto existing = TRY(os::list_directory(mountpoint));
  if (!existing.empty()) return {};
  const auto inside = TRY(image.resolve(target));
  if (!inside) return {};
  const auto source = TRY(image.find(*inside));
  if (!source) return {};
  const auto status = TRY(os::status(*source));
  if (!S_ISDIR(status.st_mode)) return {};
  const auto to = TRY(os::open(mountpoint, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(copy_directory(image, *inside, to));
  return copy_metadata(status, to, mountpoint);
}

}  // namespace tare::engine
