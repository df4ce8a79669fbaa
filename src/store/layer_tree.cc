// What the kernel refuses to an ordinary user (as Podman with ignore_chown_errors does it; each is counted and told
// once per layer): an owner that this user cannot give becomes the user itself, which is root in the user's containers;
// a device node, which no such container could open anyway, is left out; so is an attribute that is refused.
#include "store/layer_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>

#include "os/error.h"
#include "os/file.h"
#include "store/archive_path.h"

namespace tare::store {
namespace {

timespec to_timespec(codec::TarTime time) {
  return {.tv_sec = static_cast<time_t>(time.seconds), .tv_nsec = static_cast<long>(time.nanoseconds)};
}

// Access times are of no use in an image: both are the time of modification.
std::array<timespec, 2> both_times(codec::TarTime time) { return {to_timespec(time), to_timespec(time)}; }

bool is_unpacked_attribute(std::string_view name) {
  if (is_overlay_attribute(name)) return false;
  // Labels of the machine that packed the layer mean nothing on this one.
  if (name == "security.selinux" || name == "security.ima" || name == "security.evm") return false;
  return name.starts_with("user.") || name.starts_with("trusted.") || name == "security.capability" ||
         name.starts_with("system.posix_acl_");
}

}  // namespace

LayerTree::LayerTree(UniqueFd root, OverlayFormat format) : root_(std::move(root)), format_(format) {}

Result<std::string> LayerTree::path_inside(BorrowedFd directory) const {
  const auto root = TRY(os::read_link(formatted("/proc/self/fd/{}", root_.get())));
  const auto path = TRY(os::read_link(formatted("/proc/self/fd/{}", directory.get())));
  if (path == root) return std::string();
  if (!path.starts_with(root + "/")) return Failure(ErrorKind::kInternal, "{} is not inside {}", path, root);
  return path.substr(root.size() + 1);
}

Result<BorrowedFd> LayerTree::open_parent(std::string_view parent) {
  if (parent.empty()) return BorrowedFd(root_);
  if (cached_path_ == parent) return BorrowedFd(cached_parent_);
  const std::string path(parent);
  auto opened = os::open_in_root(root_, path, O_PATH | O_DIRECTORY);
  cached_path_.clear();
  cached_parent_ = opened.ok() ? std::move(opened).value() : TRY(make_parents(path));
  cached_path_ = path;
  return BorrowedFd(cached_parent_);
}

Result<UniqueFd> LayerTree::make_parents(const std::string& parent) {
  auto current = TRY(os::open_at(root_, ".", O_PATH | O_DIRECTORY));
  for (size_t end = 0; end < parent.size();) {
    const size_t start = end == 0 ? 0 : end + 1;
    end = std::min(parent.find('/', start), parent.size());
    auto next = os::open_in_root(root_, parent.substr(0, end), O_PATH | O_DIRECTORY);
    current = next.ok() ? std::move(next).value()
                        : TRY(make_implied(current, parent.substr(start, end - start), parent.substr(0, end)));
  }
  return current;
}

Result<UniqueFd> LayerTree::make_implied(BorrowedFd directory, const std::string& name, std::string_view shown) {
  const InTheWay before = TRY(look(directory, name));
  if (before == InTheWay::kDirectory || before == InTheWay::kOther) {
    return Failure(ErrorKind::kCorrupt, "archive has files in '{}', which is no directory", shown);
  }
  if (before == InTheWay::kWhiteout && ::unlinkat(directory.get(), name.c_str(), 0) != 0) {
    return os::last_error("remove", shown);
  }
  if (::mkdirat(directory.get(), name.c_str(), 0755) != 0) return os::last_error("make directory", shown);
  auto made = TRY(os::open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (::fchmod(made.get(), 0755) != 0) return os::last_error("set mode of", shown);
  if (before == InTheWay::kWhiteout) {
    // Deleted below and made anew here: what the lower layers have in it stays deleted, its owner and mode as well.
    TRY(make_opaque(made, format_, shown));
  } else {
    implied_.insert(TRY(path_inside(made)));
  }
  return made;
}

Result<LayerTree::InTheWay> LayerTree::look(BorrowedFd parent, const std::string& name) {
  struct stat status {};
  if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return InTheWay::kNothing;
    return os::last_error("stat", name);
  }
  if (S_ISDIR(status.st_mode)) return InTheWay::kDirectory;
  return is_whiteout(status) ? InTheWay::kWhiteout : InTheWay::kOther;
}

// Removes what is there. The cached parent may be inside of it, or its path may lead through it; its descriptor stays
// open, because it may be `parent`.
Result<LayerTree::InTheWay> LayerTree::clear(BorrowedFd parent, const std::string& name) {
  const InTheWay before = TRY(look(parent, name));
  if (before == InTheWay::kNothing) return before;
  cached_path_.clear();
  if (before == InTheWay::kDirectory) {
    TRY(os::remove_tree(fd_path(parent, name)));
  } else if (::unlinkat(parent.get(), name.c_str(), 0) != 0) {
    return os::last_error("remove", name);
  }
  return before;
}

// Runs `make(parent, name)`, a system call that fails with EEXIST rather than replacing anything.
template <typename Make>
Result<void> LayerTree::make_in_place(const std::string& path, std::string_view operation, Make make) {
  const SplitPath split = split_parent(path);
  const BorrowedFd parent = TRY(open_parent(split.parent));
  const std::string name(split.name);
  if (make(parent, name) == 0) return {};
  if (errno != EEXIST) return os::last_error(operation, path);
  TRY(clear(parent, name));
  if (make(parent, name) != 0) return os::last_error(operation, path);
  return {};
}

// The directory `path`, made unless it is there; what else is there goes.
Result<UniqueFd> LayerTree::enter_directory(const std::string& path) {
  if (path.empty()) return os::open_at(root_, ".", O_RDONLY | O_DIRECTORY);
  const SplitPath split = split_parent(path);
  const BorrowedFd parent = TRY(open_parent(split.parent));
  const std::string name(split.name);
  if (::mkdirat(parent.get(), name.c_str(), 0700) == 0)
    return os::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (errno != EEXIST) return os::last_error("make directory", path);
  const InTheWay before = TRY(look(parent, name));
  if (before != InTheWay::kDirectory) {
    TRY(clear(parent, name));
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0) return os::last_error("make directory", path);
  }
  auto directory = TRY(os::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (before == InTheWay::kWhiteout) TRY(make_opaque(directory, format_, path));
  if (before == InTheWay::kDirectory && !implied_.empty()) implied_.erase(TRY(path_inside(directory)));
  return directory;
}

Result<void> LayerTree::make_directory(const std::string& path, const codec::TarEntry& entry) {
  const UniqueFd directory = TRY(enter_directory(path));
  TRY(set_owner(directory, "", entry));
  // An ordinary user needs these bits to make what is in it; finish() takes them away.
  if (::fchmod(directory.get(), (entry.mode & 07777) | 0700) != 0) return os::last_error("set mode of", path);
  TRY(set_attributes(fd_path(directory, "."), entry));
  finishes_[path] = {.mode = entry.mode & 07777, .time = entry.mtime};
  return {};
}

Result<UniqueFd> LayerTree::make_file(const std::string& path) {
  UniqueFd file;
  TRY(make_in_place(path, "make file", [&](BorrowedFd parent, const std::string& name) {
    file.reset(::openat(parent.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    return file.valid() ? 0 : -1;
  }));
  return file;
}

Result<void> LayerTree::finish_file(BorrowedFd file, const std::string& path, const codec::TarEntry& entry) {
  // Owner first: changing it clears the set-user-id bit and capabilities.
  TRY(set_owner(file, "", entry));
  if (::fchmod(file.get(), entry.mode & 07777) != 0) return os::last_error("set mode of", path);
  TRY(set_attributes(formatted("/proc/self/fd/{}", file.get()), entry));
  if (::futimens(file.get(), both_times(entry.mtime).data()) != 0) return os::last_error("set time of", path);
  return {};
}

Result<void> LayerTree::make_symlink(const std::string& path, const codec::TarEntry& entry) {
  if (entry.link_target.find('\0') != std::string::npos) {
    return Failure(ErrorKind::kCorrupt, "symlink '{}' has a NUL byte in its target", path);
  }
  TRY(make_in_place(path, "make symlink", [&](BorrowedFd parent, const std::string& name) {
    return ::symlinkat(entry.link_target.c_str(), parent.get(), name.c_str());
  }));
  const SplitPath split = split_parent(path);
  const BorrowedFd parent = TRY(open_parent(split.parent));
  return set_metadata(parent, std::string(split.name), entry);
}

Result<void> LayerTree::make_node(const std::string& path, const codec::TarEntry& entry) {
  const bool is_fifo = entry.type == codec::TarType::kFifo;
  const mode_t type = is_fifo ? S_IFIFO : entry.type == codec::TarType::kBlockDevice ? S_IFBLK : S_IFCHR;
  const dev_t device = is_fifo ? 0 : makedev(entry.device_major, entry.device_minor);
  auto made = make_in_place(path, "make device", [&](BorrowedFd parent, const std::string& name) {
    return ::mknodat(parent.get(), name.c_str(), type | 0600, device);
  });
  if (!made.ok() && made.error().errno_value() == EPERM && format_ == OverlayFormat::kUser) {
    ++compromises_;
    return {};
  }
  TRY(std::move(made));
  const SplitPath split = split_parent(path);
  const BorrowedFd parent = TRY(open_parent(split.parent));
  return set_metadata(parent, std::string(split.name), entry);
}

Result<void> LayerTree::make_hard_link(const std::string& path, const std::string& target) {
  const SplitPath from = split_parent(target);
  const std::string from_parent(from.parent.empty() ? "." : from.parent);
  auto directory = os::open_in_root(root_, from_parent, O_PATH | O_DIRECTORY);
  const std::string name(from.name);
  const InTheWay found = directory.ok() ? TRY(look(*directory, name)) : InTheWay::kNothing;
  if (found == InTheWay::kDirectory) {
    return Failure(ErrorKind::kCorrupt, "hard link '{}' to the directory '{}'", path, target);
  }
  if (found != InTheWay::kOther) {
    foreign_links_.push_back({.path = path, .target = target});
    return hide(path);  // keeps the place: the lower layers' file of this name, if any, is replaced
  }
  if (path == target) return {};  // linking would remove it first
  return make_in_place(path, "make hard link", [&](BorrowedFd parent, const std::string& link) {
    return ::linkat(directory->get(), name.c_str(), parent.get(), link.c_str(), 0);
  });
}

// A name that this layer itself has stays: the whiteout only concerns what is below. Order in the archive is of no
// importance, as for containerd.
Result<void> LayerTree::hide(const std::string& path) {
  const SplitPath split = split_parent(path);
  const BorrowedFd parent = TRY(open_parent(split.parent));
  const std::string name(split.name);
  switch (TRY(look(parent, name))) {
    case InTheWay::kNothing:
      return make_whiteout(parent, name);
    case InTheWay::kDirectory: {
      const auto directory = TRY(os::open_at(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
      if (!implied_.empty()) implied_.erase(TRY(path_inside(directory)));
      return make_opaque(directory, format_, path);
    }
    case InTheWay::kWhiteout:
    case InTheWay::kOther:
      return {};
  }
  return {};
}

Result<void> LayerTree::set_opaque(const std::string& directory) {
  const BorrowedFd opened = TRY(open_parent(directory));
  return make_opaque(opened, format_, directory);
}

// `name` empty: the descriptor itself.
Result<void> LayerTree::set_owner(BorrowedFd parent, const std::string& name, const codec::TarEntry& entry) {
  const int flags = AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0);
  if (::fchownat(parent.get(), name.c_str(), entry.uid, entry.gid, flags) == 0) return {};
  // EINVAL: the user namespace has no such id. EPERM: there is no user namespace, and files belong to the user.
  if ((errno != EINVAL && errno != EPERM) || format_ != OverlayFormat::kUser) {
    return os::last_error("set owner of", entry.path);
  }
  if (entry.uid != 0 || entry.gid != 0) ++compromises_;
  return {};
}

Result<void> LayerTree::set_attributes(const std::string& procfs_path, const codec::TarEntry& entry) {
  for (const auto& attribute : entry.xattrs) {
    if (!is_unpacked_attribute(attribute.name)) continue;
    const auto& value = attribute.value;
    // The path ends in a descriptor or in one component below it: setxattr follows only the descriptor's own link.
    const bool is_link = entry.type == codec::TarType::kSymlink;
    const int result = (is_link ? ::lsetxattr : ::setxattr)(procfs_path.c_str(), attribute.name.c_str(), value.data(),
                                                            value.size(), 0);
    if (result == 0) continue;
    if (errno != ENOTSUP && errno != EPERM) {
      return os::last_error(formatted("set attribute {} of", attribute.name), entry.path);
    }
    ++compromises_;
  }
  return {};
}

Result<void> LayerTree::set_metadata(BorrowedFd parent, const std::string& name, const codec::TarEntry& entry) {
  TRY(set_owner(parent, name, entry));
  const bool is_link = entry.type == codec::TarType::kSymlink;
  // Just made by us under a name that is no symlink, so that nothing can be followed.
  if (!is_link && ::fchmodat(parent.get(), name.c_str(), entry.mode & 07777, 0) != 0) {
    return os::last_error("set mode of", entry.path);
  }
  TRY(set_attributes(fd_path(parent, name), entry));
  const auto times = both_times(entry.mtime);
  if (::utimensat(parent.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return os::last_error("set time of", entry.path);
  }
  return {};
}

Result<void> LayerTree::finish() {
  cached_parent_.reset();
  // Deepest first: a mode can close the way.
  for (auto next = finishes_.rbegin(); next != finishes_.rend(); ++next) {
    const std::string path = next->first.empty() ? "." : next->first;
    const DirectoryFinish& entry = next->second;
    const auto directory = os::open_in_root(root_, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory.ok()) continue;  // a later entry replaced it
    if ((entry.mode & 0700) != 0700 && ::fchmod(directory->get(), entry.mode) != 0) {
      return os::last_error("set mode of", path);
    }
    if (::futimens(directory->get(), both_times(entry.time).data()) != 0) return os::last_error("set time of", path);
  }
  return {};
}

std::vector<LayerGap> LayerTree::take_gaps() {
  std::vector<LayerGap> gaps;
  for (const auto& path : implied_) {
    if (os::open_in_root(root_, path, O_PATH | O_DIRECTORY | O_NOFOLLOW).ok()) gaps.push_back({.path = path});
  }
  for (auto& link : foreign_links_) {
    const SplitPath split = split_parent(link.path);
    const auto parent = os::open_in_root(root_, split.parent.empty() ? "." : std::string(split.parent), O_PATH);
    if (!parent.ok()) continue;
    const auto found = look(*parent, std::string(split.name));
    if (found.ok() && *found == InTheWay::kWhiteout) gaps.push_back(std::move(link));
  }
  return gaps;
}

}  // namespace tare::store
