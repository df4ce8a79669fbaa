// The directory of a layer while an archive is unpacked into it.
//
// Nothing may land outside. A name is split into parent and last component. The parent is resolved by openat2 with
// RESOLVE_IN_ROOT, so a symlink that the archive made before leads, at most, to another place inside the layer; the
// last component is only ever used with calls that do not follow symlinks (O_EXCL|O_NOFOLLOW, linkat without
// AT_SYMLINK_FOLLOW, …). What is in the way of an entry is removed, as every tar program does it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "codec/tar.h"
#include "store/layer_gap.h"
#include "store/overlay_format.h"

namespace tare::store {

class LayerTree {
 public:
  // `root` is an empty directory.
  LayerTree(UniqueFd root, OverlayFormat format);

  // Each makes one entry; `path` is clean (archive_path.h) and not empty, but for make_directory.
  Result<void> make_directory(const std::string& path, const codec::TarEntry& entry);
  // The new, empty file, open for writing. finish_file sets its owner, mode, attributes and times.
  Result<UniqueFd> make_file(const std::string& path);
  Result<void> finish_file(BorrowedFd file, const std::string& path, const codec::TarEntry& entry);
  Result<void> make_symlink(const std::string& path, const codec::TarEntry& entry);
  Result<void> make_node(const std::string& path, const codec::TarEntry& entry);  // device or FIFO
  Result<void> make_hard_link(const std::string& path, const std::string& target);
  Result<void> hide(const std::string& path);  // whiteout
  Result<void> set_opaque(const std::string& directory);

  // Sets the final modes of directories, and their times, which every entry made in them has changed.
  Result<void> finish();
  // After finish().
  std::vector<LayerGap> take_gaps();
  // How many owners, devices or attributes this user could not set and that were left out (see layer_tree.cc).
  uint64_t compromises() const { return compromises_; }

 private:
  // What is set when nothing more is made in a directory.
  struct DirectoryFinish {
    mode_t mode = 0;
    codec::TarTime time;
  };
  enum class InTheWay { kNothing, kDirectory, kWhiteout, kOther };

  Result<BorrowedFd> open_parent(std::string_view parent);
  Result<UniqueFd> make_parents(const std::string& parent);
  Result<UniqueFd> enter_directory(const std::string& path);
  Result<UniqueFd> make_implied(BorrowedFd directory, const std::string& name, std::string_view shown);
  Result<InTheWay> look(BorrowedFd parent, const std::string& name);
  Result<InTheWay> clear(BorrowedFd parent, const std::string& name);
  template <typename Make>
  Result<void> make_in_place(const std::string& path, std::string_view operation, Make make);
  Result<std::string> path_inside(BorrowedFd directory) const;

  Result<void> set_owner(BorrowedFd parent, const std::string& name, const codec::TarEntry& entry);
  Result<void> set_attributes(const std::string& procfs_path, const codec::TarEntry& entry);
  Result<void> set_metadata(BorrowedFd parent, const std::string& name, const codec::TarEntry& entry);

  UniqueFd root_;
  OverlayFormat format_;
  std::string cached_path_;  // of cached_parent_; archives list a directory's files one after the other
  UniqueFd cached_parent_;
  std::set<std::string> implied_;
  std::vector<LayerGap> foreign_links_;
  std::map<std::string, DirectoryFinish> finishes_;  // by path
  uint64_t compromises_ = 0;
};

}  // namespace tare::store
