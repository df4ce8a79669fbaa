#include "store/merge_layers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "os/error.h"
#include "os/file.h"
#include "store/copy_entry.h"
#include "store/overlay_format.h"

namespace tare::store {
namespace {

// One layer over what is in the target already.
class Merging {
 public:
  explicit Merging(BorrowedFd target) : target_(target) {}

  Result<void> merge_directory(BorrowedFd from, BorrowedFd to, const std::string& prefix) {
    if (is_opaque(from)) TRY(clear_directory(to));
    for (const auto& name : TRY(os::list_directory(fd_path(from, ".")))) {
      TRY(merge_entry({.directory = from, .name = name}, {.directory = to, .name = name}, prefix + name));
    }
    return {};
  }

 private:
  static Result<void> clear_directory(BorrowedFd directory) {
    for (const auto& name : TRY(os::list_directory(fd_path(directory, ".")))) {
      TRY(os::remove_tree(fd_path(directory, name)));
    }
    return {};
  }

  Result<void> merge_entry(const EntryName& from, const EntryName& to, const std::string& path) {
    struct stat status {};
    if (::fstatat(from.directory.get(), from.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return os::last_error("stat", path);
    }
    if (S_ISDIR(status.st_mode)) return merge_subdirectory(from, to, path);
    TRY(os::remove_tree(fd_path(to.directory, to.name)));
    if (is_whiteout(status)) return {};
    if (status.st_nlink == 1) return copy_entry(from, to);
    const auto [first, is_first] = first_names_.try_emplace(status.st_ino, path);
    if (is_first) return copy_entry(from, to);
    // Every parent of that name is a directory that we made: nothing can be followed out.
    if (::linkat(target_.get(), first->second.c_str(), to.directory.get(), to.name.c_str(), 0) != 0) {
      return os::last_error("make hard link", path);
    }
    return {};
  }

  Result<void> merge_subdirectory(const EntryName& from, const EntryName& to, const std::string& path) {
    auto inside = os::open_at(to.directory, to.name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!inside.ok()) {
      TRY(os::remove_tree(fd_path(to.directory, to.name)));
      if (::mkdirat(to.directory.get(), to.name.c_str(), 0700) != 0) return os::last_error("make directory", path);
      inside = os::open_at(to.directory, to.name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    }
    const auto made = TRY(std::move(inside));
    const auto directory = TRY(os::open_at(from.directory, from.name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    TRY(merge_directory(directory, made, path + "/"));
    return copy_metadata(from, to);  // last, because the entries have changed its time
  }

  BorrowedFd target_;
  std::map<ino_t, std::string> first_names_;
};

}  // namespace

Result<void> merge_layers(const LowerLayers& layers, const std::string& target) {
  const auto root = TRY(os::open(target, O_PATH | O_DIRECTORY));
  for (auto name = layers.names.rbegin(); name != layers.names.rend(); ++name) {
    const auto layer = TRY(os::open(formatted("{}/{}", layers.directory, *name), O_PATH | O_DIRECTORY));
    TRY(Merging(root).merge_directory(layer, root, ""));
    TRY(copy_metadata({.directory = layer, .name = "."}, {.directory = root, .name = "."}));
  }
  return {};
}

}  // namespace tare::store
