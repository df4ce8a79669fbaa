#include "build/execute/target_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/context/ignore.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

Result<UniqueFd> make_folder(BorrowedFd parent, const std::string& name, Owner owner, const std::string& path) {
  if (::mkdirat(parent.get(), name.c_str(), 0755) != 0) return os::last_error("make directory", path);
  auto folder = TRY(os::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (::fchown(folder.get(), owner.uid, owner.gid) != 0) return os::last_error("change owner of", path);
  if (::fchmod(folder.get(), 0755) != 0) return os::last_error("change mode of", path);  // whatever the umask
  return folder;
}

}  // namespace

timespec TimeRule::limit(int64_t nanoseconds) const {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  if (latest && seconds >= *latest) return {*latest, 0};
  return {seconds, rest};
}

Result<void> KeptTimes::keep(const std::string& path, BorrowedFd folder) {
  if (times_.contains(path)) return {};
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0) return os::last_error("stat", path);
  times_[path] = status.st_mtim;
  return {};
}

Result<void> KeptTimes::restore() const {
  for (const auto& [path, modified] : times_) {
    const auto folder = os::open_in_root(root_, path, O_RDONLY | O_DIRECTORY);
    if (!folder.ok()) continue;  // replaced since
    const timespec times[2] = {modified, modified};
    if (::futimens(folder->get(), times) != 0) return os::last_error("set times of", path);
  }
  return {};
}

Result<UniqueFd> open_or_make_folder(BorrowedFd root, const std::string& path, Owner owner, TimeRule times,
                                     KeptTimes& kept) {
  auto folder = TRY(os::open_in_root(root, ".", O_RDONLY | O_DIRECTORY));
  TRY(kept.keep("/", folder));
  std::string so_far;
  for (const auto& name : split(clean_path("/" + path).substr(1), '/')) {
    if (name.empty()) break;  // the root itself
    so_far += "/" + name;
    auto next = os::open_in_root(root, so_far, O_RDONLY | O_DIRECTORY);
    if (next.ok()) {
      TRY(kept.keep(so_far, *next));
    } else if (next.error().kind() == ErrorKind::kNotFound) {
      next = make_folder(folder, name, owner, so_far);
      if (!next.ok()) return next;
      kept.set(so_far, times.without_source());
    } else {
      return next;
    }
    folder = std::move(next).value();
  }
  return folder;
}

}  // namespace tare::build
