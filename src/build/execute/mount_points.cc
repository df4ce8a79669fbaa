#include "build/execute/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "build/execute/copy_file.h"
#include "build/execute/target_folder.h"
#include "os/file.h"

namespace tare::build {
namespace {

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

Result<bool> is_file(const oci::Mount& mount) {
  if (mount.type != "bind") return false;
  const auto status = TRY(os::status(mount.source));
  return !S_ISDIR(status.st_mode);
}

}  // namespace

Result<void> make_mount_points(BorrowedFd root, const std::vector<oci::Mount>& mounts) {
  KeptTimes kept(root);
  std::vector<std::string> made;
  for (const auto& mount : mounts) {
    const auto& path = mount.destination;
    // Inside what an earlier mount covers (/dev/pts), the runtime makes it.
    const bool covered = std::any_of(made.begin(), made.end(), [&](const auto& m) { return is_below(path, m); });
    made.push_back(path);
    if (covered || os::open_in_root(root, path, O_PATH).ok()) continue;
    const bool file = TRY(is_file(mount));
    const size_t slash = path.find_last_of('/');
    const auto folder = TRY(open_or_make_folder(root, file ? path.substr(0, slash + 1) : path, {}, {}, kept));
    if (file) TRY(create_file(folder, path.substr(slash + 1), path));
  }
  return kept.restore();
}

}  // namespace tare::build
