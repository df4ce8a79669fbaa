#include "store/pack_layer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "codec/tar.h"
#include "os/error.h"
#include "os/file.h"
#include "store/attributes.h"
#include "store/overlay_format.h"

namespace tare::store {
namespace {

// Attributes that mean the same on another machine.
bool is_packed_attribute(std::string_view name) {
  return name == "security.capability" || name.starts_with("user.") || name.starts_with("system.posix_acl_");
}

codec::TarType type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return codec::TarType::kDirectory;
    case S_IFLNK:
      return codec::TarType::kSymlink;
    case S_IFCHR:
      return codec::TarType::kCharacterDevice;
    case S_IFBLK:
      return codec::TarType::kBlockDevice;
    case S_IFIFO:
      return codec::TarType::kFifo;
    default:
      return codec::TarType::kFile;
  }
}

class Packing {
 public:
  explicit Packing(ByteSink& sink) : writer_(sink), buffer_(size_t{1} << 20) {}

  Result<void> pack_directory(BorrowedFd directory, const std::string& prefix) {
    if (is_opaque(directory)) TRY(add_whiteout(prefix + ".wh..wh..opq"));
    for (const auto& name : TRY(os::list_directory(fd_path(directory, ".")))) {
      TRY(pack_entry(directory, name, prefix + name));
    }
    return {};
  }

  Result<uint64_t> finish() {
    TRY(writer_.finish());
    return size_;
  }

 private:
  Result<void> pack_entry(BorrowedFd parent, const std::string& name, const std::string& path) {
    struct stat status {};
    if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return os::last_error("stat", path);
    if (is_whiteout(status)) return add_whiteout(path.substr(0, path.size() - name.size()) + ".wh." + name);
    if (S_ISSOCK(status.st_mode)) {
      if (::unlinkat(parent.get(), name.c_str(), 0) != 0) return os::last_error("remove socket", path);
      return {};
    }
    if (name.starts_with(".wh.")) {
      return Failure(ErrorKind::kUnsupported, "'{}' cannot be in a layer: names that begin with .wh. are whiteouts",
                     path);
    }
    return pack_named(parent, name, path, status);
  }

  Result<void> pack_named(BorrowedFd parent, const std::string& name, const std::string& path,
                          const struct stat& status) {
    codec::TarEntry entry = TRY(describe(parent, name, path, status));
    if (S_ISDIR(status.st_mode)) {
      entry.path += '/';
      TRY(writer_.add(entry));
      const auto directory = TRY(os::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      return pack_directory(directory, entry.path);
    }
    if (status.st_nlink > 1) {
      const auto [first, is_first] = first_names_.try_emplace({status.st_dev, status.st_ino}, path);
      if (!is_first) return add_hard_link(std::move(entry), first->second);
    }
    if (!S_ISREG(status.st_mode)) return writer_.add(entry);
    entry.size = static_cast<uint64_t>(status.st_size);
    TRY(writer_.add(entry));
    const auto file = TRY(os::open_at(parent, name, O_RDONLY | O_NOFOLLOW));
    return pack_data(file, path, entry.size);
  }

  Result<codec::TarEntry> describe(BorrowedFd parent, const std::string& name, const std::string& path,
                                   const struct stat& status) {
    codec::TarEntry entry{.type = type_of(status.st_mode),
                          .path = path,
                          .mode = status.st_mode & 07777,
                          .uid = status.st_uid,
                          .gid = status.st_gid,
                          // Whole seconds, as Docker has it: a fraction would cost a kilobyte per entry.
                          .mtime = {.seconds = status.st_mtim.tv_sec}};
    const std::string procfs_path = fd_path(parent, name);
    if (S_ISLNK(status.st_mode)) entry.link_target = TRY(os::read_link(procfs_path));
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
      entry.device_major = major(status.st_rdev);
      entry.device_minor = minor(status.st_rdev);
    }
    for (auto& attribute : TRY(read_attributes(procfs_path))) {
      TRY(check_self_contained(attribute.name, path));
      if (is_overlay_attribute(attribute.name) || !is_packed_attribute(attribute.name)) continue;
      entry.xattrs.push_back(std::move(attribute));
    }
    return entry;
  }

  static Result<void> check_self_contained(const std::string& attribute, const std::string& path) {
    if (!attribute.ends_with(".overlay.redirect") && !attribute.ends_with(".overlay.metacopy")) return {};
    return Failure(ErrorKind::kUnsupported, "'{}' has the attribute {}: it is only a reference into a lower layer",
                   path, attribute)
        .with_hint("mount the overlay with redirect_dir=off,metacopy=off");
  }

  Result<void> pack_data(BorrowedFd file, const std::string& path, uint64_t size) {
    os::FdSource source(file, path);
    for (uint64_t done = 0; done < size;) {
      const size_t got = TRY(source.read(buffer_));
      if (got == 0) return Failure(ErrorKind::kConflict, "'{}' became shorter while it was packed", path);
      TRY(writer_.write(std::span(buffer_).first(static_cast<size_t>(std::min<uint64_t>(got, size - done)))));
      done += got;
    }
    size_ += size;
    return {};
  }

  Result<void> add_hard_link(codec::TarEntry entry, const std::string& target) {
    entry.type = codec::TarType::kHardLink;
    entry.link_target = target;
    entry.xattrs.clear();
    return writer_.add(entry);
  }

  // Without a time of its own: the same deletion is the same bytes.
  Result<void> add_whiteout(const std::string& path) { return writer_.add({.path = path, .mode = 0600}); }

  codec::TarWriter writer_;
  std::vector<std::byte> buffer_;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
  uint64_t size_ = 0;
};

}  // namespace

Result<uint64_t> pack_layer(const std::string& upper, ByteSink& tar) {
  const auto directory = TRY(os::open(upper, O_RDONLY | O_DIRECTORY));
  Packing packing(tar);
  TRY(packing.pack_directory(directory, ""));
  return packing.finish();
}

}  // namespace tare::store
