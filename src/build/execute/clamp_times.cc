#include "build/execute/clamp_times.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

Result<void> clamp_below(BorrowedFd directory, const std::string& shown, timespec latest);

Result<void> clamp_entry(BorrowedFd directory, const std::string& name, const std::string& shown, timespec latest) {
  struct stat status {};
  if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return os::last_error("stat", shown);
  if (S_ISDIR(status.st_mode)) {
    const auto child = TRY(os::open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(clamp_below(child, shown, latest));
  }
  if (status.st_mtim.tv_sec < latest.tv_sec) return {};
  const timespec times[2] = {latest, latest};
  if (::utimensat(directory.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("set times of", shown);
  }
  return {};
}

Result<void> clamp_below(BorrowedFd directory, const std::string& shown, timespec latest) {
  const auto names = TRY(os::list_directory(formatted("/proc/self/fd/{}", directory.get())));
  for (const auto& name : names) TRY(clamp_entry(directory, name, formatted("{}/{}", shown, name), latest));
  return {};
}

}  // namespace

Result<void> clamp_times(const std::string& directory, int64_t latest) {
  const auto top = TRY(os::open(directory, O_RDONLY | O_DIRECTORY));
  return clamp_below(top, directory, {latest, 0});
}

Result<void> set_top_time(const std::string& directory, timespec modified) {
  const timespec times[2] = {modified, modified};
  if (::utimensat(AT_FDCWD, directory.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("set times of", directory);
  }
  return {};
}

}  // namespace tare::build
