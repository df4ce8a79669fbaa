#include "os/disk_image.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {
namespace {

constexpr const char* kLoopControl = "/dev/loop-control";

// The kernel gives the last mount's device back a moment after the mount is gone, and tells nobody.
Result<void> lock(BorrowedFd image, const std::string& path) {
  constexpr timespec kPause{0, 10'000'000};
  for (int attempt = 0; ::flock(image.get(), LOCK_EX | LOCK_NB) != 0; ++attempt) {
    if (errno != EWOULDBLOCK) return last_error("lock", path);
    if (attempt == 1000) return Failure(ErrorKind::kConflict, "the file system in {} is still mounted", path);
    ::nanosleep(&kPause, nullptr);
  }
  return {};
}

Result<UniqueFd> open_control() {
  auto control = open(kLoopControl, O_RDWR);
  if (control.ok()) return control;
  return Failure(ErrorKind::kUnsupported, "this host has no loop devices: {}", control.error().text())
      .with_hint("`modprobe loop`; inside a container they are the host's to give");
}

struct LoopDevice {
  std::string path;
  UniqueFd fd;
};

// The device keeps the image open, and with it the lock.
Result<LoopDevice> attach_loop(BorrowedFd image, ImageAccess access) {
  const auto control = TRY(open_control());
  const int mode = access == ImageAccess::kReadOnly ? O_RDONLY : O_RDWR;
  for (;;) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return last_error("find a free device by", kLoopControl);
    LoopDevice device{formatted("/dev/loop{}", number), {}};
    device.fd = TRY(open(device.path, mode));
    loop_config config{};
    config.fd = static_cast<uint32_t>(image.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (access == ImageAccess::kReadOnly) config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    if (::ioctl(device.fd.get(), LOOP_CONFIGURE, &config) == 0) return device;
    if (errno != EBUSY) return last_error("set up", device.path);  // EBUSY: another process was faster
  }
}

class FileSystemContext {
 public:
  static Result<FileSystemContext> open_ext4() {
    UniqueFd fd(static_cast<int>(syscall(SYS_fsopen, "ext4", FSOPEN_CLOEXEC)));
    if (!fd.valid()) return last_error("open", "file system ext4");
    return FileSystemContext(std::move(fd));
  }
  Result<void> set(unsigned command, const char* key, const char* value) {
    if (syscall(SYS_fsconfig, fd_.get(), command, key, value, 0) == 0) return {};
    return last_error("set up", formatted("file system ext4 ({})", key == nullptr ? "mount" : key));
  }
  Result<UniqueFd> mount(unsigned attributes) {
    TRY(set(FSCONFIG_CMD_CREATE, nullptr, nullptr));
    UniqueFd mount(static_cast<int>(syscall(SYS_fsmount, fd_.get(), FSMOUNT_CLOEXEC, attributes)));
    if (!mount.valid()) return last_error("mount", "file system ext4");
    return mount;
  }

 private:
  explicit FileSystemContext(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

Result<UniqueFd> mount_device(const std::string& device, ImageAccess access) {
  auto context = TRY(FileSystemContext::open_ext4());
  TRY(context.set(FSCONFIG_SET_STRING, "source", device.c_str()));
  constexpr unsigned kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;  // of whoever gets at it beside the container
  if (access == ImageAccess::kReadOnly) {
    TRY(context.set(FSCONFIG_SET_FLAG, "ro", nullptr));
    TRY(context.set(FSCONFIG_SET_FLAG, "noload", nullptr));
    return context.mount(kAttributes | MOUNT_ATTR_RDONLY);
  }
  // What is deleted inside is given back to the host, and what was never used stays a hole.
  TRY(context.set(FSCONFIG_SET_FLAG, "discard", nullptr));
  TRY(context.set(FSCONFIG_SET_FLAG, "noinit_itable", nullptr));
  return context.mount(kAttributes);
}

}  // namespace

Result<void> check_loop_devices() {
  TRY(open_control());
  return {};
}

Result<UniqueFd> mount_image(const std::string& path, ImageAccess access) {
  const auto image = TRY(open(path, access == ImageAccess::kReadOnly ? O_RDONLY : O_RDWR));
  if (access == ImageAccess::kWritable) TRY(lock(image, path));
  const auto device = TRY(attach_loop(image, access));
  return mount_device(device.path, access).context(formatted("mount {}", path));
}

}  // namespace tare::os
