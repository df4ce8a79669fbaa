#include "build/execute/run_mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/context/tree_digest.h"
#include "build/execute/copy_trees.h"
#include "build/graph/configure.h"
#include "codec/sha256.h"
#include "os/error.h"

namespace tare::build {
namespace {

// The root that a bind mount's source is below; holds what keeps it open.
struct BindSource {
  std::optional<StepDirectory> directory;
  UniqueFd mounted;
  BorrowedFd root{-1};
  bool is_context = false;
};

Result<std::vector<oci::Digest>> source_layers(const LayerStep& step, const std::string& from) {
  if (const auto stage = step.job.dockerfile.find_stage(from, step.stage)) {
    return TRY(step.job.stages.wait(*stage))->config.diff_ids;
  }
  return TRY(resolve_image(step.job, from)).config.diff_ids;
}

Result<BindSource> open_bind_source(const LayerStep& step, const RunMount& mount) {
  BindSource source;
  if (mount.from.empty()) {
    if (step.job.context.path.empty()) {
      return Failure(ErrorKind::kInvalidArgument, "--mount=type=bind,target={}: there is no build context",
                     mount.target);
    }
    source.root = step.job.context.root;
    source.is_context = true;
    return source;
  }
  const auto layers = TRY(source_layers(step, mount.from));
  source.directory.emplace(TRY(StepDirectory::create(step.job.work_directory)));
  source.mounted = TRY(open_layers(step.job, layers, *source.directory));
  source.root = source.mounted;
  return source;
}

Result<std::vector<Tree>> select_bind(const LayerStep& step, const BindSource& source, const RunMount& mount) {
  const auto rules = source.is_context ? step.job.context.rules : IgnoreRules();
  return select_trees(source.root, mount.source, rules).context(formatted("--mount=type=bind,target={}", mount.target));
}

oci::Mount bound_mount(const std::string& source, const std::string& target, bool read_only) {
  return {.destination = target,
          .type = "bind",
          .source = source,
          .options = {"rbind", "rprivate", read_only ? "ro" : "rw"}};
}

class Prepare {
 public:
  Prepare(const LayerStep& step, const std::string& directory) : step_(step), directory_(directory) {}

  Result<PreparedMounts> run(const std::vector<RunMount>& mounts) {
    for (const auto& mount : mounts) {
      const auto target = resolve_workdir(step_.state.config.config.working_dir, mount.target);
      switch (mount.type) {
        case RunMount::Type::kBind:
          TRY(bind_mount(mount, target));
          break;
        case RunMount::Type::kCache:
          TRY(cache_mount(mount, target));
          break;
        case RunMount::Type::kSecret:
          TRY(secret_mount(mount, target));
          break;
        case RunMount::Type::kTmpfs:
          tmpfs_mount(mount, target);
          break;
      }
    }
    return std::move(prepared_);
  }

 private:
  std::string next_path() { return formatted("{}/mount-{}", directory_, ++count_); }

  // A copy: what .dockerignore leaves out must not be seen, and what the step writes must not stay.
  Result<void> bind_mount(const RunMount& mount, const std::string& target) {
    const auto source = TRY(open_bind_source(step_, mount));
    CopyPlan plan;
    plan.trees = TRY(select_bind(step_, source, mount));
    const bool is_folder = S_ISDIR(plan.trees.front().entries.front().mode);
    plan.destination = "/copy";
    const auto path = next_path();
    TRY(os::make_directory(path, 0755));
    const auto root = TRY(os::open(path, O_RDONLY | O_DIRECTORY));
    if (is_folder) plan.destination += "/";
    TRY(copy_trees(source.root, root, plan));
    prepared_.mounts.push_back(bound_mount(path + "/copy", target, mount.read_only));
    return {};
  }

  // One directory per id, below the store. `private` steps that meet get one more each.
  Result<void> cache_mount(const RunMount& mount, const std::string& target) {
    const auto base = cache_mounts_directory(step_.job.store);
    TRY(os::make_directories(base, 0700));
    const auto name = codec::sha256_hex(mount.id).substr(0, 32);
    for (int copy = 0;; ++copy) {
      const auto path = copy == 0 ? formatted("{}/{}", base, name) : formatted("{}/{}-{}", base, name, copy);
      if (mount.sharing == RunMount::Sharing::kPrivate) {
        auto lock = TRY(os::FileLock::try_acquire(path + ".lock", os::FileLock::Mode::kExclusive));
        if (!lock) continue;
        prepared_.locks.push_back(std::move(*lock));
      } else {
        const bool alone = mount.sharing == RunMount::Sharing::kLocked;
        const auto mode = alone ? os::FileLock::Mode::kExclusive : os::FileLock::Mode::kShared;
        prepared_.locks.push_back(TRY(os::FileLock::acquire(path + ".lock", mode)));
      }
      TRY(make_cache_directory(mount, path));
      prepared_.mounts.push_back(bound_mount(path, target, mount.read_only));
      return {};
    }
  }

  // Steps that share a cache may come here together, and one may be killed before owner and mode are set: so under a
  // lock, and under another name until it is whole.
  static Result<void> make_cache_directory(const RunMount& mount, const std::string& path) {
    const auto lock = TRY(os::FileLock::acquire(path + ".make.lock", os::FileLock::Mode::kExclusive));
    if (os::exists(path)) return {};
    const auto unready = path + ".new";
    TRY(os::make_directories(unready, 0755));
    if (::chown(unready.c_str(), mount.uid, mount.gid) != 0) return os::last_error("change owner of", unready);
    if (::chmod(unready.c_str(), mount.mode.value_or(0755)) != 0) return os::last_error("change mode of", unready);
    return os::rename(unready, path);
  }

  Result<void> secret_mount(const RunMount& mount, const std::string& target) {
    const auto found = step_.job.request.secrets.find(mount.id);
    if (found == step_.job.request.secrets.end()) {
      if (!mount.required) return {};
      return Failure(ErrorKind::kNotFound, "secret {}: not found", mount.id)
          .with_hint(formatted("give it with --secret id={},src=FILE", mount.id));
    }
    const auto content = TRY(os::read_file(found->second).context(formatted("secret {}", mount.id)));
    if (!mount.environment.empty()) prepared_.environment.push_back(formatted("{}={}", mount.environment, content));
    if (mount.target.empty()) return {};
    const auto path = next_path();
    const auto file = TRY(os::open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    TRY(os::write_all(file, content, path));
    if (::fchown(file.get(), mount.uid, mount.gid) != 0) return os::last_error("change owner of", path);
    if (::fchmod(file.get(), mount.mode.value_or(0400)) != 0) return os::last_error("change mode of", path);
    prepared_.mounts.push_back(bound_mount(path, target, true));
    return {};
  }

  void tmpfs_mount(const RunMount& mount, const std::string& target) {
    oci::Mount result{.destination = target, .type = "tmpfs", .source = "tmpfs", .options = {"nosuid", "nodev"}};
    if (mount.size) result.options.push_back(formatted("size={}", *mount.size));
    prepared_.mounts.push_back(std::move(result));
  }

  const LayerStep& step_;
  const std::string& directory_;
  int count_ = 0;
  PreparedMounts prepared_;
};

}  // namespace

Result<std::vector<RunMount>> read_run_mounts(const LayerStep& step) {
  std::vector<RunMount> mounts;
  for (const auto& flag : step.instruction.flags) {
    if (flag.name != "mount") continue;
    const auto text = TRY(expand(step, flag.value));
    mounts.push_back(TRY(parse_run_mount(text)));
  }
  return mounts;
}

Result<std::string> digest_bind_mounts(const LayerStep& step, const std::vector<RunMount>& mounts) {
  std::string digests;
  for (const auto& mount : mounts) {
    if (mount.type != RunMount::Type::kBind) continue;
    if (!mount.from.empty()) {
      const auto layers = TRY(source_layers(step, mount.from));
      for (const auto& layer : layers) digests += layer.string() + "\n";
      continue;
    }
    const auto source = TRY(open_bind_source(step, mount));
    const auto trees = TRY(select_bind(step, source, mount));
    digests += TRY(digest_trees(source.root, trees, step.job.cache, step.job.context.path)) + "\n";
  }
  return digests;
}

Result<PreparedMounts> prepare_run_mounts(const LayerStep& step, const std::vector<RunMount>& mounts,
                                          const std::string& directory) {
  return Prepare(step, directory).run(mounts);
}

}  // namespace tare::build
