#include "store/unpack_tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/tar.h"
#include "os/error.h"
#include "os/file.h"
#include "store/archive_path.h"
#include "store/layer_tree.h"

namespace tare::store {
namespace {

class Unpacking {
 public:
  Unpacking(ByteSource& tar, LayerTree& tree, const UnpackLimits& limits)
      : reader_(tar), tree_(tree), limits_(limits) {}

  Result<void> run() {
    for (uint64_t count = 0;; ++count) {
      const auto entry = TRY(reader_.next());
      if (!entry) break;
      if (count == limits_.entries) {
        return Failure(ErrorKind::kCorrupt, "archive has more than {} entries", limits_.entries);
      }
      TRY(unpack(*entry));
    }
    return tree_.finish();
  }

  uint64_t size() const { return size_; }

 private:
  Result<void> unpack(const codec::TarEntry& entry) {
    const std::string path = TRY(clean_archive_path(entry.path));
    if (path.empty()) {
      if (entry.type == codec::TarType::kDirectory) return tree_.make_directory(path, entry);
      return Failure(ErrorKind::kCorrupt, "archive entry '{}' would replace the root directory", entry.path);
    }
    const SplitPath split = split_parent(path);
    const Whiteout whiteout = TRY(parse_whiteout(split.name));
    switch (whiteout.kind) {
      case WhiteoutKind::kNone:
        return make(path, entry);
      case WhiteoutKind::kHide:
        return tree_.hide(split.parent.empty() ? std::string(whiteout.hidden)
                                               : formatted("{}/{}", split.parent, whiteout.hidden));
      case WhiteoutKind::kOpaque:
        return tree_.set_opaque(std::string(split.parent));
      case WhiteoutKind::kIgnored:
        return {};
    }
    return {};
  }

  Result<void> make(const std::string& path, const codec::TarEntry& entry) {
    switch (entry.type) {
      case codec::TarType::kFile:
        return make_file(path, entry);
      case codec::TarType::kDirectory:
        return tree_.make_directory(path, entry);
      case codec::TarType::kSymlink:
        return tree_.make_symlink(path, entry);
      case codec::TarType::kHardLink:
        return make_hard_link(path, entry);
      case codec::TarType::kCharacterDevice:
      case codec::TarType::kBlockDevice:
      case codec::TarType::kFifo:
        return tree_.make_node(path, entry);
    }
    return {};
  }

  Result<void> make_hard_link(const std::string& path, const codec::TarEntry& entry) {
    const std::string target = TRY(clean_archive_path(entry.link_target));
    if (target.empty()) return Failure(ErrorKind::kCorrupt, "hard link '{}' to the root directory", entry.path);
    return tree_.make_hard_link(path, target);
  }

  Result<void> make_file(const std::string& path, const codec::TarEntry& entry) {
    const UniqueFd file = TRY(tree_.make_file(path));
    uint64_t end = 0;
    for (;;) {
      const auto chunk = TRY(reader_.next_chunk());
      if (!chunk) break;
      TRY(write_chunk(file, *chunk, path));
      end = chunk->offset + chunk->bytes.size();
    }
    // The last hole of a sparse file has no data behind it that would make it.
    if (end != entry.size && ::ftruncate(file.get(), static_cast<off_t>(entry.size)) != 0) {
      return os::last_error("set size of", path);
    }
    return tree_.finish_file(file, path, entry);
  }

  Result<void> write_chunk(BorrowedFd file, const codec::TarChunk& chunk, const std::string& path) {
    size_ += chunk.bytes.size();
    if (size_ > limits_.bytes) {
      return Failure(ErrorKind::kCorrupt, "archive unpacks to more than {}", format_binary_size(limits_.bytes));
    }
    for (size_t done = 0; done < chunk.bytes.size();) {
      const auto rest = chunk.bytes.subspan(done);
      const ssize_t count = os::retry_interrupted(
          [&] { return ::pwrite(file.get(), rest.data(), rest.size(), static_cast<off_t>(chunk.offset + done)); });
      if (count < 0) return os::last_error("write", path);
      done += static_cast<size_t>(count);
    }
    return {};
  }

  codec::TarReader reader_;
  LayerTree& tree_;
  const UnpackLimits limits_;
  uint64_t size_ = 0;
};

}  // namespace

Result<UnpackedLayer> unpack_tar(ByteSource& tar, const std::string& path, OverlayFormat format,
                                 const UnpackLimits& limits) {
  auto root = TRY(os::open(path, O_RDONLY | O_DIRECTORY));
  if (::fchmod(root.get(), 0755) != 0) return os::last_error("set mode of", path);
  LayerTree tree(std::move(root), format);
  Unpacking unpacking(tar, tree, limits);
  TRY(unpacking.run());
  return UnpackedLayer{.size = unpacking.size(), .gaps = tree.take_gaps(), .compromises = tree.compromises()};
}

}  // namespace tare::store
