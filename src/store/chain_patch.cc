#include "store/chain_patch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>
#include <optional>
#include <set>

#include "os/error.h"
#include "os/file.h"
#include "store/archive_path.h"
#include "store/copy_entry.h"
#include "store/overlay_format.h"

namespace tare::store {
namespace {

// A directory of the chain, opened: a layer, or a patch (which has no gaps).
struct ChainMember {
  std::string directory;
  UniqueFd root;
  std::set<std::string> implied;
};

struct Found {
  UniqueFd parent;
  std::string name;
  struct stat status {};
};

enum class Visibility { kFound, kLookBelow, kHidden };

// Looks for `path` in one member; kHidden: the member has something that hides whatever is below.
Result<Visibility> probe(const ChainMember& member, const std::string& path, Found& found) {
  auto directory = TRY(os::open_at(member.root, ".", O_PATH | O_DIRECTORY));
  bool opaque = false;
  const auto parts = split(path, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    struct stat status {};
    if (::fstatat(directory.get(), parts[i].c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) return os::last_error("stat", path);
      return opaque ? Visibility::kHidden : Visibility::kLookBelow;
    }
    const bool last = i + 1 == parts.size();
    if (is_whiteout(status) || (!last && !S_ISDIR(status.st_mode))) return Visibility::kHidden;
    if (last) {
      found = {.parent = std::move(directory), .name = parts[i], .status = status};
      // A directory that is itself implied says nothing about owner and mode.
      if (!S_ISDIR(status.st_mode) || !member.implied.contains(path)) return Visibility::kFound;
      return opaque ? Visibility::kHidden : Visibility::kLookBelow;
    }
    directory = TRY(os::open_at(directory, parts[i], O_PATH | O_DIRECTORY | O_NOFOLLOW));
    opaque = opaque || is_opaque(directory);
  }
  return Visibility::kLookBelow;
}

class PatchMaking {
 public:
  PatchMaking(const std::vector<ChainMember>& below, const ChainMember& layer, UniqueFd root)
      : below_(below), layer_(layer), root_(std::move(root)) {}

  // False: nothing below says anything else than the layer.
  Result<bool> run(const std::vector<LayerGap>& gaps) {
    bool needed = false;
    TRY(copy_metadata({.directory = layer_.root, .name = "."}, {.directory = root_, .name = "."}));
    for (const auto& gap : gaps) {
      Found own;
      // The layer deleted a parent and made it anew: what is below has no say.
      if (!gap.target && TRY(probe(layer_, gap.path, own)) == Visibility::kHidden) continue;
      const auto found = TRY(find_below(gap.target.value_or(gap.path)));
      if (gap.target) {
        if (!found || S_ISDIR(found->status.st_mode)) {
          return Failure(ErrorKind::kCorrupt, "hard link '{}' to '{}', which no lower layer has", gap.path,
                         *gap.target);
        }
        TRY(place_copy(*found, gap.path));
      } else if (found && S_ISDIR(found->status.st_mode)) {
        TRY(make_directory(gap.path));
      } else {
        continue;
      }
      needed = true;
    }
    TRY(copy_directory_metadata());
    return needed;
  }

 private:
  Result<std::optional<Found>> find_below(const std::string& path) {
    for (auto member = below_.rbegin(); member != below_.rend(); ++member) {
      Found found;
      const Visibility visibility = TRY(probe(*member, path, found));
      if (visibility == Visibility::kFound) return std::optional(std::move(found));
      if (visibility == Visibility::kHidden) break;
    }
    return std::optional<Found>();
  }

  // Parents first, which the order of std::map gives; each takes its metadata from where the chain says.
  Result<UniqueFd> make_directory(const std::string& path) {
    if (path.empty()) return os::open_at(root_, ".", O_PATH | O_DIRECTORY);
    const SplitPath split = split_parent(path);
    const UniqueFd parent = TRY(make_directory(std::string(split.parent)));
    const std::string name(split.name);
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
      return os::last_error("make directory", path);
    }
    made_.insert(path);
    return os::open_at(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  }

  Result<void> place_copy(const Found& from, const std::string& path) {
    const SplitPath split = split_parent(path);
    const UniqueFd parent = TRY(make_directory(std::string(split.parent)));
    return copy_entry({.directory = from.parent, .name = from.name},
                      {.directory = parent, .name = std::string(split.name)});
  }

  // At the end, deepest first: every entry that was made has changed its directory's time.
  Result<void> copy_directory_metadata() {
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) {
      const auto source = TRY(metadata_source(*path));
      const SplitPath split = split_parent(*path);
      const std::string parent_path(split.parent.empty() ? "." : split.parent);
      const auto parent = TRY(os::open_beneath(root_, parent_path, O_PATH | O_DIRECTORY));
      TRY(copy_metadata({.directory = source.parent, .name = source.name},
                        {.directory = parent, .name = std::string(split.name)}));
    }
    return {};
  }

  Result<Found> metadata_source(const std::string& path) {
    Found own;
    if (TRY(probe(layer_, path, own)) == Visibility::kFound) return own;
    auto below = TRY(find_below(path));
    if (below && S_ISDIR(below->status.st_mode)) return std::move(*below);
    if (own.parent.valid()) return own;
    return Failure(ErrorKind::kCorrupt, "directory '{}' is in no layer", path);
  }

  const std::vector<ChainMember>& below_;
  const ChainMember& layer_;
  const UniqueFd root_;
  std::set<std::string> made_;
};

struct Gaps {
  std::vector<LayerGap> all;
  std::set<std::string> implied;
};

Result<Gaps> read_gaps(Database& database, const LayerRow& layer) {
  Gaps gaps;
  if (!layer.has_gaps) return gaps;
  auto statement = TRY(database.prepare("SELECT path, target FROM layer_gap WHERE diff_id = ?"));
  statement.bind(layer.diff_id);
  while (TRY(statement.step())) {
    gaps.all.push_back({.path = statement.text(0), .target = statement.optional_text(1)});
    if (!gaps.all.back().target) gaps.implied.insert(gaps.all.back().path);
  }
  return gaps;
}

Result<void> add_member(Core& core, std::vector<ChainMember>& members, const std::string& directory,
                        std::set<std::string> implied) {
  auto root = TRY(os::open(core.layer_path(directory), O_PATH | O_DIRECTORY));
  members.push_back({.directory = directory, .root = std::move(root), .implied = std::move(implied)});
  return {};
}

// The patch for `layer` above `below`: the name of a new directory in layers/, empty when none is needed.
Result<std::string> make_patch(Core& core, const std::vector<ChainMember>& below, const ChainMember& layer,
                               const std::vector<LayerGap>& gaps) {
  const std::string name = hex(TRY(os::random_bytes(8)));
  const std::string path = core.ingest_path("patch-" + name);
  TRY(os::make_directory(path, 0755));
  PatchMaking making(below, layer, TRY(os::open(path, O_RDONLY | O_DIRECTORY)));
  auto needed = making.run(gaps);
  if (needed.ok() && *needed) TRY(os::rename(path, core.layer_path(name)));
  if (needed.ok() && *needed) return name;
  TRY(os::remove_tree(path));
  if (!needed.ok()) return std::move(needed).error().context("layer " + layer.directory);
  return std::string();
}

Result<std::optional<std::string>> find_patch(Core& core, Database& database, const std::string& chain) {
  auto statement = TRY(database.prepare("SELECT directory, boot FROM chain_patch WHERE chain = ?"));
  if (!TRY(statement.bind(chain).step())) return std::optional<std::string>();
  const auto boot = statement.optional_text(1);
  if (boot && *boot != TRY(core.boot_id())) return std::optional<std::string>();
  return std::optional(statement.text(0));
}

// Two processes may make the same patch at once: the first row stays, the other's directory is collected as one
// without a row. Rename and row are one transaction, as for layers.
Result<std::string> add_patch(Core& core, Database& database, const std::string& chain,
                              const std::vector<ChainMember>& below, const ChainMember& layer,
                              const std::vector<LayerGap>& gaps) {
  auto transaction = TRY(database.begin());
  if (auto found = TRY(find_patch(core, database, chain))) return *found;
  const std::string directory = TRY(make_patch(core, below, layer, gaps));
  const std::string boot = TRY(core.boot_id());
  auto insert = TRY(database.prepare("INSERT OR REPLACE INTO chain_patch(chain, directory, boot) VALUES(?, ?, ?)"));
  TRY(insert.bind(chain).bind(directory).bind(boot).run());
  TRY(transaction.commit());
  return directory;
}

Result<std::vector<ChainMember>> open_members(Core& core, Database& database, const std::vector<LayerRow>& layers,
                                              size_t count, const std::map<std::string, std::string>& patches) {
  std::vector<ChainMember> members;
  for (size_t i = 0; i < count; ++i) {
    auto gaps = TRY(read_gaps(database, layers[i]));
    TRY(add_member(core, members, layers[i].directory, std::move(gaps.implied)));
    const auto patch = patches.find(layers[i].directory);
    if (patch == patches.end() || patch->second.empty()) continue;
    TRY(add_member(core, members, patch->second, {}));
  }
  return members;
}

}  // namespace

Result<std::vector<std::string>> patch_chain(Core& core, Database& database, const std::vector<LayerRow>& layers) {
  std::vector<std::string> names;
  std::map<std::string, std::string> patches;  // by the directory of the layer that they are above
  std::string chain;
  for (size_t i = 0; i < layers.size(); ++i) {
    chain += layers[i].directory + "/";
    names.push_back(layers[i].directory);
    if (i == 0 || !layers[i].has_gaps) continue;
    auto patch = TRY(find_patch(core, database, chain));
    if (!patch) {
      const auto below = TRY(open_members(core, database, layers, i, patches));
      const auto gaps = TRY(read_gaps(database, layers[i]));
      std::vector<ChainMember> own;
      TRY(add_member(core, own, layers[i].directory, gaps.implied));
      patch = TRY(add_patch(core, database, chain, below, own.front(), gaps.all));
    }
    if (!patch->empty()) names.push_back(*patch);
    patches[layers[i].directory] = *patch;
  }
  return names;
}

}  // namespace tare::store
