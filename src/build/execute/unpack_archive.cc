#include "build/execute/unpack_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "build/context/ignore.h"
#include "build/context/xattrs.h"
#include "build/execute/copy_file.h"
#include "codec/compress.h"
#include "codec/tar.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

Result<void> rewind_file(BorrowedFd file, const std::string& name) {
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return os::last_error("seek", name);
  return {};
}

class Unpack {
 public:
  Unpack(codec::TarReader& reader, BorrowedFd folder, const UnpackRules& rules)
      : reader_(reader), folder_(folder), rules_(rules), kept_(folder) {}

  Result<void> run() {
    while (auto entry = TRY(reader_.next())) {
      TRY(unpack(*entry).context(formatted("unpack {}", entry->path)));
    }
    TRY(kept_.restore());
    // Folders' times last: files inside would change them.
    for (; !folders_.empty(); folders_.pop_back()) {
      const auto& [path, attributes] = folders_.back();
      const auto fd = os::open_in_root(folder_, path, O_RDONLY | O_DIRECTORY);
      if (fd.ok()) TRY(set_attributes(*fd, attributes, path));
    }
    return {};
  }

 private:
  Attributes attributes_of(const codec::TarEntry& entry) const {
    const int64_t time = entry.mtime.seconds * 1'000'000'000 + entry.mtime.nanoseconds;
    return {rules_.owner.value_or(Owner{entry.uid, entry.gid}), rules_.mode.value_or(entry.mode),
            rules_.times.limit(time)};
  }

  Result<void> unpack(const codec::TarEntry& entry) {
    const auto path = clean_path("/" + entry.path);
    const auto name = path.substr(path.find_last_of('/') + 1);
    if (name.empty()) return {};  // the archive's own top: the destination keeps what it has
    const auto parent =
        TRY(open_or_make_folder(folder_, path.substr(0, path.size() - name.size()), {}, rules_.times, kept_));
    if (entry.type == codec::TarType::kDirectory) return make_folder(parent, name, path, entry);
    if (entry.type == codec::TarType::kFile) return write_file(parent, name, path, entry);
    TRY(remove_target(parent, name, path));
    return make_other(parent, name, path, entry);
  }

  Result<void> make_folder(BorrowedFd parent, const std::string& name, const std::string& path,
                           const codec::TarEntry& entry) {
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
      return os::last_error("make directory", path);
    }
    folders_.emplace_back(path, attributes_of(entry));
    return {};
  }

  Result<void> write_file(BorrowedFd parent, const std::string& name, const std::string& path,
                          const codec::TarEntry& entry) {
    const auto file = TRY(create_file(parent, name, path));
    if (::ftruncate(file.get(), static_cast<off_t>(entry.size)) != 0) return os::last_error("resize", path);
    while (const auto chunk = TRY(reader_.next_chunk())) {
      if (::lseek(file.get(), static_cast<off_t>(chunk->offset), SEEK_SET) < 0) return os::last_error("seek", path);
      TRY(os::write_all(file, as_text(chunk->bytes), path));
    }
    TRY(set_attributes(file, attributes_of(entry), path));
    Xattrs xattrs;
    for (const auto& xattr : entry.xattrs) xattrs.emplace(xattr.name, xattr.value);
    return write_xattrs(file, xattrs, path);
  }

  Result<void> make_other(BorrowedFd parent, const std::string& name, const std::string& path,
                          const codec::TarEntry& entry) {
    if (entry.type == codec::TarType::kHardLink) return make_hard_link(parent, name, path, entry);
    if (entry.type == codec::TarType::kSymlink) {
      if (::symlinkat(entry.link_target.c_str(), parent.get(), name.c_str()) != 0) {
        return os::last_error("make symlink", path);
      }
      return set_attributes_at(parent, name, attributes_of(entry), true, path);
    }
    mode_t type = S_IFIFO;
    if (entry.type == codec::TarType::kCharacterDevice) type = S_IFCHR;
    if (entry.type == codec::TarType::kBlockDevice) type = S_IFBLK;
    if (::mknodat(parent.get(), name.c_str(), type | 0600, makedev(entry.device_major, entry.device_minor)) != 0) {
      return os::last_error("make device", path);
    }
    return set_attributes_at(parent, name, attributes_of(entry), false, path);
  }

  Result<void> make_hard_link(BorrowedFd parent, const std::string& name, const std::string& path,
                              const codec::TarEntry& entry) {
    const auto target = clean_path("/" + entry.link_target);
    const auto target_name = target.substr(target.find_last_of('/') + 1);
    const auto folder =
        TRY(os::open_in_root(folder_, target.substr(0, target.size() - target_name.size()), O_RDONLY | O_DIRECTORY));
    // By folder and name, not following the last part: a link to a symlink is a link to that symlink.
    if (::linkat(folder.get(), target_name.c_str(), parent.get(), name.c_str(), 0) != 0) {
      return os::last_error("make hard link", path);
    }
    return {};
  }

  codec::TarReader& reader_;
  BorrowedFd folder_;
  const UnpackRules& rules_;
  KeptTimes kept_;  // of folders that the archive does not name
  std::vector<std::pair<std::string, Attributes>> folders_;
};

}  // namespace

Result<bool> is_archive(BorrowedFd file, const std::string& name) {
  constexpr std::string_view kBzip2 = "BZh";
  constexpr std::string_view kXz(
      "\xFD"
      "7zXZ\0",
      6);
  std::array<char, codec::kMagicSize> magic{};
  const ssize_t count = ::pread(file.get(), magic.data(), magic.size(), 0);
  if (count < 0) return os::last_error("read", name);
  const std::string_view start(magic.data(), static_cast<size_t>(count));
  if (start.starts_with(kBzip2) || start.starts_with(kXz)) {
    return Failure(ErrorKind::kUnsupported, "ADD {}: archives compressed with bzip2 or xz are not supported", name)
        .with_hint("use COPY to keep it packed, or compress it with gzip or zstd");
  }
  os::FdSource source(file, name);
  const auto decoded = codec::open_detected(source);
  bool is_tar = false;
  if (decoded.ok()) {
    codec::TarReader reader(**decoded);
    const auto first = reader.next();
    is_tar = first.ok() && first->has_value();
  }
  TRY(rewind_file(file, name));
  return is_tar;
}

Result<void> unpack_archive(BorrowedFd archive, const std::string& name, BorrowedFd folder, const UnpackRules& rules) {
  os::FdSource source(archive, name);
  const auto decoded = TRY(codec::open_detected(source));
  codec::TarReader reader(*decoded);
  return Unpack(reader, folder, rules).run().context(formatted("ADD {}", name));
}

}  // namespace tare::build
