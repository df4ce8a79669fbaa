#include "build/context/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "os/error.h"
#include "os/file.h"

namespace tare::build {
namespace {

constexpr size_t kMaxDepth = 1000;  // of folders: each level holds a descriptor

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : formatted("{}/{}", folder, name);
}

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

TreeEntry make_entry(std::string path, const struct stat& status) {
  TreeEntry entry;
  entry.path = std::move(path);
  entry.mode = status.st_mode;
  entry.device = status.st_dev;
  entry.special = status.st_rdev;
  entry.inode = status.st_ino;
  entry.size = S_ISREG(status.st_mode) ? static_cast<uint64_t>(status.st_size) : 0;
  entry.modified = nanoseconds(status.st_mtim);
  entry.changed = nanoseconds(status.st_ctim);
  return entry;
}

Result<std::vector<std::string>> sorted_names(BorrowedFd directory, const std::string& shown) {
  auto fd = TRY(os::open_at(directory, ".", O_RDONLY | O_DIRECTORY));
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd.get()), ::closedir);
  if (!listing) return os::last_error("read directory", shown);
  (void)fd.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> read_link_at(BorrowedFd directory, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(directory.get(), name.c_str(), target.data(), target.size());
  if (length < 0) return os::last_error("read link", name);
  target.resize(static_cast<size_t>(length));
  return target;
}

class Walk {
 public:
  Walk(Tree& tree, const IgnoreRules& rules) : tree_(tree), rules_(rules) {}

  Result<void> folder(BorrowedFd directory, const std::string& path, size_t depth) {
    if (depth > kMaxDepth) return Failure(ErrorKind::kUnsupported, "{}: folders are nested too deeply", path);
    const auto names = TRY(sorted_names(directory, path));
    for (const auto& name : names) TRY(entry(directory, name, below(path, name), depth));
    return {};
  }

 private:
  Result<void> entry(BorrowedFd directory, const std::string& name, std::string path, size_t depth) {
    const auto whole = rules_.empty() ? std::string() : below(tree_.top, path);
    const bool ignored = !rules_.empty() && rules_.ignores(whole);
    struct stat status {};
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {};  // removed since it was listed
      return os::last_error("stat", path);
    }
    if (S_ISSOCK(status.st_mode) || (ignored && (!S_ISDIR(status.st_mode) || rules_.prunes(whole)))) return {};
    const size_t index = tree_.entries.size();
    tree_.entries.push_back(make_entry(path, status));
    if (S_ISLNK(status.st_mode)) tree_.entries.back().link_target = TRY(read_link_at(directory, name));
    if (!S_ISDIR(status.st_mode)) return {};
    const auto child = TRY(os::open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(folder(child, path, depth + 1));
    // An ignored folder is there only for the sake of what was taken back inside it.
    if (ignored && tree_.entries.size() == index + 1) tree_.entries.pop_back();
    return {};
  }

  Tree& tree_;
  const IgnoreRules& rules_;
};

// Where a descriptor points, below `root`.
Result<std::string> path_below(BorrowedFd root, BorrowedFd fd) {
  const auto root_path = TRY(os::read_link(formatted("/proc/self/fd/{}", root.get())));
  auto path = TRY(os::read_link(formatted("/proc/self/fd/{}", fd.get())));
  const size_t prefix = root_path == "/" ? 0 : root_path.size();
  path.erase(0, std::min(path.size(), prefix + 1));
  return path;
}

Result<Tree> select_tree(BorrowedFd root, const std::string& path, const IgnoreRules& rules) {
  const auto fd = TRY(os::open_in_root(root, path.empty() ? "." : path, O_PATH));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return os::last_error("stat", path);
  Tree tree;
  tree.top = TRY(path_below(root, fd));
  tree.name = path.substr(path.find_last_of('/') + 1);
  const bool is_folder = S_ISDIR(status.st_mode);
  const bool ignored = !tree.top.empty() && rules.ignores(tree.top);
  if (ignored && (!is_folder || rules.prunes(tree.top))) return Error::from_errno(ENOENT, "open", path);
  tree.entries.push_back(make_entry("", status));
  if (is_folder) TRY(Walk(tree, rules).folder(fd, "", 0));
  return tree;
}

// The paths that a pattern with wildcards matches, folder by folder.
Result<std::vector<std::string>> match_paths(BorrowedFd root, const std::string& pattern) {
  std::vector<std::string> found{""};
  for (const auto& part : split(pattern, '/')) {
    const auto glob = TRY(Glob::parse(part, Glob::DoubleStar::kPlain));
    std::vector<std::string> next;
    for (const auto& folder : found) {
      const auto fd = os::open_in_root(root, folder.empty() ? "." : folder, O_PATH | O_DIRECTORY);
      if (!fd.ok()) continue;  // a file where the pattern has a folder
      const auto names = TRY(sorted_names(*fd, folder));
      for (const auto& name : names) {
        if (glob.matches(name)) next.push_back(below(folder, name));
      }
    }
    found = std::move(next);
  }
  return found;
}

}  // namespace

Result<std::vector<Tree>> select_trees(BorrowedFd root, std::string_view source, const IgnoreRules& rules) {
  // Cleaned as an absolute path: ".." cannot leave the root.
  const auto path = clean_path(formatted("/{}", source)).substr(1);
  std::vector<Tree> trees;
  if (!has_wildcards(path)) {
    trees.push_back(TRY(select_tree(root, path, rules)));
    return trees;
  }
  const auto paths = TRY(match_paths(root, path));
  for (const auto& match : paths) {
    auto tree = select_tree(root, match, rules);
    if (tree.ok())
      trees.push_back(std::move(tree).value());
    else if (tree.error().kind() != ErrorKind::kNotFound)
      return std::move(tree).error();
  }
  if (trees.empty()) return Failure(ErrorKind::kNotFound, "no file matches {}", source);
  return trees;
}

}  // namespace tare::build
