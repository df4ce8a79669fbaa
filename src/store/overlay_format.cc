#include "store/overlay_format.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::store {
namespace {

// The first user namespace maps all 2³²-1 ids onto themselves.
bool in_first_user_namespace() {
  const auto map = os::read_file("/proc/self/uid_map", 65536);
  if (!map.ok()) return true;  // a kernel without user namespaces
  std::string words;
  for (const auto& word : split(trim(*map), ' ')) {
    if (!word.empty()) words += word + " ";
  }
  return words == "0 0 4294967295 ";
}

bool has_opaque(BorrowedFd directory, OverlayFormat format) {
  char value = 0;
  const std::string name = overlay_attribute(format, "opaque");
  // By path, because descriptors opened with O_PATH have no fgetxattr.
  return ::getxattr(fd_path(directory, ".").c_str(), name.c_str(), &value, 1) == 1 && value == 'y';
}

}  // namespace

OverlayFormat host_overlay_format() {
  // Not kept: a process may enter a user namespace. Asked once per layer.
  return ::geteuid() == 0 && in_first_user_namespace() ? OverlayFormat::kTrusted : OverlayFormat::kUser;
}

std::string overlay_attribute(OverlayFormat format, std::string_view name) {
  return formatted("{}.overlay.{}", format == OverlayFormat::kTrusted ? "trusted" : "user", name);
}

bool is_overlay_attribute(std::string_view name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0); }

// Linux 5.8 lets anybody make this one device.
Result<void> make_whiteout(BorrowedFd directory, const std::string& name) {
  if (::mknodat(directory.get(), name.c_str(), S_IFCHR, makedev(0, 0)) != 0)
    return os::last_error("make whiteout", name);
  return {};
}

Result<void> make_opaque(BorrowedFd directory, OverlayFormat format, std::string_view shown) {
  const std::string name = overlay_attribute(format, "opaque");
  if (::setxattr(fd_path(directory, ".").c_str(), name.c_str(), "y", 1, 0) != 0) {
    return os::last_error("mark as opaque", shown);
  }
  return {};
}

bool is_opaque(BorrowedFd directory) {
  return has_opaque(directory, OverlayFormat::kTrusted) || has_opaque(directory, OverlayFormat::kUser);
}

std::string fd_path(BorrowedFd directory, std::string_view name) {
  return formatted("/proc/self/fd/{}/{}", directory.get(), name);
}

}  // namespace tare::store
