#include "os/watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

#include "os/error.h"

namespace tare::os {

Result<DirectoryWatch> DirectoryWatch::open(const std::string& path) {
  UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd.valid()) return last_error("watch", path).with_hint("raise sysctl fs.inotify.max_user_instances");
  if (::inotify_add_watch(fd.get(), path.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
    return last_error("watch", path);
  }
  return DirectoryWatch(std::move(fd));
}

void DirectoryWatch::drain() {
  std::array<char, 4096> events;
  while (::read(fd_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace tare::os
