#include "store/compare_trees.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "os/error.h"
#include "os/file.h"
#include "store/attributes.h"
#include "store/overlay_format.h"

namespace tare::store {
namespace {

using Difference = std::optional<std::string>;

Difference differs(const std::string& path, std::string_view how) {
  return Difference(formatted("{}: {}", path.empty() ? "/" : path, how));
}

Result<std::vector<std::string>> list(BorrowedFd directory) {
  return os::list_directory(formatted("/proc/self/fd/{}", directory.get()));
}

// Overlayfs's own attributes are notes of where a file came from, but for the one that hides what is below.
Result<std::vector<codec::TarXattr>> comparable_attributes(BorrowedFd directory, const std::string& name) {
  auto attributes = TRY(read_attributes(fd_path(directory, name)));
  std::erase_if(attributes, [](const codec::TarXattr& attribute) {
    return is_overlay_attribute(attribute.name) && !attribute.name.ends_with(".opaque");
  });
  return attributes;
}

Result<size_t> read_block(BorrowedFd file, std::span<char> block, const std::string& path) {
  size_t filled = 0;
  while (filled < block.size()) {
    const ssize_t got =
        os::retry_interrupted([&] { return ::read(file.get(), block.data() + filled, block.size() - filled); });
    if (got < 0) return os::last_error("read", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return filled;
}

class Comparing {
 public:
  Result<Difference> directories(BorrowedFd found, BorrowedFd expected, const std::string& path) {
    auto here = TRY(list(found));
    const auto wanted = TRY(list(expected));
    for (const auto& name : wanted) {
      const std::string below = path.empty() ? name : formatted("{}/{}", path, name);
      if (!std::binary_search(here.begin(), here.end(), name)) return differs(below, "missing");
      if (auto difference = TRY(entries(found, expected, name, below))) return difference;
    }
    for (const auto& name : here) {
      if (std::binary_search(wanted.begin(), wanted.end(), name)) continue;
      struct stat status {};
      // No archive holds a socket.
      if (::fstatat(found.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode)) continue;
      return differs(path.empty() ? name : formatted("{}/{}", path, name), "not of this layer");
    }
    return Difference();
  }

 private:
  Result<Difference> entries(BorrowedFd found, BorrowedFd expected, const std::string& name, const std::string& path) {
    struct stat here {};
    struct stat wanted {};
    if (::fstatat(found.get(), name.c_str(), &here, AT_SYMLINK_NOFOLLOW) != 0) return os::last_error("stat", path);
    if (::fstatat(expected.get(), name.c_str(), &wanted, AT_SYMLINK_NOFOLLOW) != 0) return os::last_error("stat", path);
    if ((here.st_mode & S_IFMT) != (wanted.st_mode & S_IFMT)) return differs(path, "another type");
    if (is_whiteout(here) && is_whiteout(wanted)) return Difference();
    if (here.st_mode != wanted.st_mode) return differs(path, "another mode");
    if (here.st_uid != wanted.st_uid || here.st_gid != wanted.st_gid) return differs(path, "another owner");
    if (here.st_rdev != wanted.st_rdev) return differs(path, "another device");
    const auto attributes = TRY(comparable_attributes(found, name));
    const auto wanted_attributes = TRY(comparable_attributes(expected, name));
    const bool same =
        std::equal(attributes.begin(), attributes.end(), wanted_attributes.begin(), wanted_attributes.end(),
                   [](const auto& a, const auto& b) { return a.name == b.name && a.value == b.value; });
    if (!same) return differs(path, "other attributes");
    return contents(found, expected, name, path, wanted);
  }

  Result<Difference> contents(BorrowedFd found, BorrowedFd expected, const std::string& name, const std::string& path,
                              const struct stat& wanted) {
    if (S_ISLNK(wanted.st_mode)) {
      const auto target = TRY(os::read_link(fd_path(found, name)));
      const auto wanted_target = TRY(os::read_link(fd_path(expected, name)));
      return target == wanted_target ? Difference() : differs(path, "another target");
    }
    const bool is_directory = S_ISDIR(wanted.st_mode);
    if (!is_directory && !S_ISREG(wanted.st_mode)) return Difference();
    const int flags = O_RDONLY | O_NOFOLLOW | (is_directory ? O_DIRECTORY : 0);
    const auto one = TRY(os::open_at(found, name, flags));
    const auto two = TRY(os::open_at(expected, name, flags));
    return is_directory ? directories(one, two, path) : files(one, two, path);
  }

  Result<Difference> files(BorrowedFd found, BorrowedFd expected, const std::string& path) {
    for (;;) {
      const size_t got = TRY(read_block(found, first_, path));
      const size_t wanted = TRY(read_block(expected, second_, path));
      const bool same =
          got == wanted && std::equal(first_.begin(), first_.begin() + static_cast<ptrdiff_t>(got), second_.begin());
      if (!same) return differs(path, "another content");
      if (got < first_.size()) return Difference();
    }
  }

  std::vector<char> first_ = std::vector<char>(65536);
  std::vector<char> second_ = std::vector<char>(65536);
};

}  // namespace

Result<std::optional<std::string>> find_difference(const std::string& directory, const std::string& expected) {
  const auto found = TRY(os::open(directory, O_RDONLY | O_DIRECTORY));
  const auto wanted = TRY(os::open(expected, O_RDONLY | O_DIRECTORY));
  return Comparing().directories(found, wanted, "");
}

}  // namespace tare::store
