#include "engine/volume_copy.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::engine {
namespace {

Result<void> copy_owner_and_times(const struct stat& from, const std::string& to) {
  if (::lchown(to.c_str(), from.st_uid, from.st_gid) != 0) return os::last_error("chown", to);
  if (!S_ISLNK(from.st_mode) && ::chmod(to.c_str(), from.st_mode & 07777) != 0) return os::last_error("chmod", to);
  const timespec times[2] = {from.st_atim, from.st_mtim};
  if (::utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) return os::last_error("set times of", to);
  return {};
}

Result<void> copy_content(const std::string& from, const std::string& to) {
  const auto source = TRY(os::open(from, O_RDONLY | O_NOFOLLOW));
  const auto target = TRY(os::open(to, O_WRONLY | O_CREAT | O_EXCL, 0600));
  for (;;) {
    const ssize_t count = ::sendfile(target.get(), source.get(), nullptr, size_t{16} << 20);
    if (count < 0) return os::last_error("copy", from);
    if (count == 0) return {};
  }
}

// Devices, sockets and FIFOs of the image do not become a volume's content.
Result<bool> copy_entry(const struct stat& status, const std::string& from, const std::string& to) {
  if (S_ISREG(status.st_mode)) {
    TRY(copy_content(from, to));
  } else if (S_ISLNK(status.st_mode)) {
    const auto target = TRY(os::read_link(from));
    if (::symlink(target.c_str(), to.c_str()) != 0) return os::last_error("make symlink", to);
  } else if (S_ISDIR(status.st_mode)) {
    TRY(os::make_directory(to, 0700));
  } else {
    return false;
  }
  return true;
}

// `directory` is as the container sees it and holds no symlinks above it: names come from list().
Result<void> copy_directory(const ImageRoot& image, const std::string& directory, const std::string& to) {
  for (const auto& name : image.list(directory)) {
    const auto inside = directory + "/" + name;
    const auto from = TRY(image.find_itself(inside));
    if (!from) continue;
    const auto status = TRY(os::link_status(*from));
    const auto target = to + "/" + name;
    if (!TRY(copy_entry(status, *from, target))) continue;
    if (S_ISDIR(status.st_mode)) TRY(copy_directory(image, inside, target));
    TRY(copy_owner_and_times(status, target));
  }
  return {};
}

}  // namespace

Result<void> fill_new_volume(const std::string& mountpoint, const ImageRoot& image, const std::string& target) {
  const auto existing = TRY(os::list_directory(mountpoint));
  if (!existing.empty()) return {};
  const auto source = TRY(image.find(target));
  if (!source) return {};
  const auto status = TRY(os::status(*source));
  if (!S_ISDIR(status.st_mode)) return {};
  TRY(copy_directory(image, target, mountpoint));
  return copy_owner_and_times(status, mountpoint);
}

}  // namespace tare::engine
