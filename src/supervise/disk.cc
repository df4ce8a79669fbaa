#include "supervise/disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "os/disk_image.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/namespace.h"

namespace tare::supervise {
namespace {

bool has_disk(const Config& config) { return config.overlay && !config.overlay->disk.empty(); }

std::string mount_point(const Config& config) {
  return config.overlay->upper.substr(0, config.overlay->upper.find_last_of('/'));
}

Result<void> make_if_absent(const std::string& path, mode_t mode) {
  return os::exists(path) ? Result<void>() : os::make_directory(path, mode);
}

}  // namespace

Result<void> mount_disk(const Config& config) {
  if (!has_disk(config)) return {};
  TRY(os::unshare(CLONE_NEWNS));
  TRY(os::set_propagation("/", MS_SLAVE | MS_REC));
  const auto place = mount_point(config);
  const UniqueFd disk = TRY(os::mount_image(config.overlay->disk, os::ImageAccess::kWritable));
  const UniqueFd target = TRY(os::open(place, O_PATH | O_DIRECTORY));
  TRY(os::attach_tree(disk, target, place));
  TRY(make_if_absent(config.overlay->upper, 0755));
  return make_if_absent(config.overlay->work, 0700);
}

void unmount_disk(const Config& config) {
  if (has_disk(config)) (void)os::unmount(mount_point(config), MNT_DETACH).ok();
}

}  // namespace tare::supervise
