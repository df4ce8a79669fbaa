#include "build/execute/copy_trees.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/context/xattrs.h"
#include "build/execute/copy_file.h"
#include "build/execute/unpack_archive.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

std::string below(const std::string& folder, const std::string& name) {
  if (name.empty()) return folder;
  return folder.empty() ? name : formatted("{}/{}", folder, name);
}

std::string last_part(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

class Copy {
 public:
  Copy(BorrowedFd source_root, BorrowedFd target_root, const CopyPlan& plan)
      : source_(source_root), target_(target_root), plan_(plan), kept_(target_root) {}

  Result<void> run() {
    const auto destination = clean_path(plan_.destination);
    bool is_folder = plan_.destination.ends_with('/') || is_existing_folder(destination);
    if (plan_.destination.ends_with('/')) TRY(open_folder(destination));
    for (const auto& file : plan_.inline_files) {
      const auto path = is_folder ? below(destination, file.name) : destination;
      TRY(write_inline(file, path));
    }
    for (const auto& tree : plan_.trees) {
      TRY(copy_tree(tree, destination, is_folder));
      is_folder = is_folder || is_existing_folder(destination);
    }
    return kept_.restore();
  }

 private:
  // A folder that is being filled; its own attributes are set when that is done.
  struct Open {
    UniqueFd fd;
    std::string path;  // of the tree's entry
    Attributes attributes;
  };

  bool is_existing_folder(const std::string& path) const {
    return os::open_in_root(target_, path, O_PATH | O_DIRECTORY).ok();
  }

  Result<UniqueFd> open_folder(const std::string& path) {
    return open_or_make_folder(target_, path, plan_.owner, plan_.times, kept_);
  }

  Attributes attributes_of(const TreeEntry& entry) const {
    return {plan_.owner, plan_.mode.value_or(entry.mode & 07777), plan_.times.limit(entry.modified)};
  }

  Result<void> write_inline(const InlineFile& file, const std::string& path) {
    const auto folder = TRY(open_folder(path.substr(0, path.find_last_of('/') + 1)));
    const auto target = TRY(create_file(folder, last_part(path), path));
    TRY(os::write_all(target, file.content, path));
    return set_attributes(target, {plan_.owner, plan_.mode.value_or(0644), plan_.times.without_source()}, path);
  }

  Result<void> copy_tree(const Tree& tree, const std::string& destination, bool is_folder) {
    const auto& top = tree.entries.front();
    if (S_ISDIR(top.mode)) return copy_content(tree, destination, is_folder);
    if (plan_.unpack_archives && S_ISREG(top.mode)) {
      const auto archive = TRY(os::open_in_root(source_, tree.top, O_RDONLY));
      if (TRY(is_archive(archive, tree.top))) return unpack(archive, tree, destination);
    }
    const auto path = is_folder ? below(destination, tree.name) : destination;
    const auto folder = TRY(open_folder(path.substr(0, path.find_last_of('/') + 1)));
    return copy_leaf(tree, top, folder, last_part(path));
  }

  Result<void> unpack(BorrowedFd archive, const Tree& tree, const std::string& destination) {
    const auto folder = TRY(open_folder(destination));
    const UnpackRules rules{plan_.owner_given ? std::optional(plan_.owner) : std::nullopt, plan_.mode, plan_.times};
    return unpack_archive(archive, tree.top, folder, rules);
  }

  // A folder's content goes into the destination, which takes the folder's attributes only when it is new.
  Result<void> copy_content(const Tree& tree, const std::string& destination, bool exists) {
    auto folder = TRY(open_folder(destination));
    if (!exists) kept_.set(destination, plan_.times.limit(tree.entries[0].modified));
    if (!exists && ::fchmod(folder.get(), attributes_of(tree.entries[0]).mode) != 0) {
      return os::last_error("change mode of", destination);
    }
    std::vector<Open> open;
    open.push_back({std::move(folder), "", {}});
    for (size_t index = 1; index < tree.entries.size(); ++index) {
      const auto& entry = tree.entries[index];
      const size_t slash = entry.path.find_last_of('/');
      const auto parent = slash == std::string::npos ? std::string() : entry.path.substr(0, slash);
      while (open.back().path != parent) TRY(close_folder(open));
      if (S_ISDIR(entry.mode))
        TRY(enter_folder(open, entry));
      else
        TRY(copy_leaf(tree, entry, open.back().fd, last_part(entry.path)));
    }
    while (open.size() > 1) TRY(close_folder(open));
    return {};
  }

  Result<void> enter_folder(std::vector<Open>& open, const TreeEntry& entry) {
    const auto name = last_part(entry.path);
    const BorrowedFd parent = open.back().fd;
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
      return os::last_error("make directory", entry.path);
    }
    auto fd = os::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd.ok()) return Failure(ErrorKind::kConflict, "cannot copy a folder to what is no folder: {}", entry.path);
    open.push_back({std::move(fd).value(), entry.path, attributes_of(entry)});
    return {};
  }

  static Result<void> close_folder(std::vector<Open>& open) {
    TRY(set_attributes(open.back().fd, open.back().attributes, open.back().path));
    open.pop_back();
    return {};
  }

  Result<void> copy_leaf(const Tree& tree, const TreeEntry& entry, BorrowedFd folder, const std::string& name) {
    const auto path = below(tree.top, entry.path);
    if (S_ISREG(entry.mode)) return copy_regular(path, entry, folder, name);
    TRY(remove_target(folder, name, path));
    if (S_ISLNK(entry.mode)) {
      if (::symlinkat(entry.link_target.c_str(), folder.get(), name.c_str()) != 0) {
        return os::last_error("make symlink", path);
      }
    } else if (::mknodat(folder.get(), name.c_str(), entry.mode, entry.special) != 0) {
      return os::last_error("make device", path);
    }
    return set_attributes_at(folder, name, attributes_of(entry), S_ISLNK(entry.mode), path);
  }

  Result<void> copy_regular(const std::string& path, const TreeEntry& entry, BorrowedFd folder,
                            const std::string& name) {
    const auto from = TRY(os::open_in_root(source_, path, O_RDONLY | O_NOFOLLOW));
    const auto to = TRY(create_file(folder, name, path));
    TRY(copy_bytes(from, to, path));
    TRY(set_attributes(to, attributes_of(entry), path));
    const auto xattrs = TRY(read_xattrs(from, path));
    if (xattrs.empty()) return {};
    return write_xattrs(to, xattrs, path);
  }

  BorrowedFd source_;
  BorrowedFd target_;
  const CopyPlan& plan_;
  KeptTimes kept_;
};

}  // namespace

Result<void> copy_trees(BorrowedFd source_root, BorrowedFd target_root, const CopyPlan& plan) {
  return Copy(source_root, target_root, plan).run();
}

}  // namespace tare::build
