#include "runtime/apply/bind_sources.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/scope_guard.h"
#include "os/clone.h"
#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/namespace.h"
#include "os/process.h"
#include "runtime/apply/parent.h"

namespace tare::runtime {
namespace {

// A user namespace lives as long as a process in it or a descriptor of it: the process ends once we have the latter.
Result<UniqueFd> make_user_namespace(const IdMap& map) {
  const os::Clone holder = TRY(os::clone_process({CLONE_NEWUSER, {}}));
  if (holder.pid == 0) {
    while (true) ::pause();
  }
  ScopeGuard undo([&] {
    (void)os::signal_pidfd(holder.pidfd, SIGKILL).ok();
    os::retry_interrupted([&] { return ::waitpid(holder.pid, nullptr, 0); });
  });
  TRY(write_id_maps(holder.pid, map.uids, map.gids));
  return os::open_namespace(holder.pid, CLONE_NEWUSER);
}

Result<UniqueFd> open_user_namespace(const IdMap& map) {
  if (map.user_namespace.empty()) return make_user_namespace(map);
  return os::open(map.user_namespace, O_RDONLY);
}

Result<UniqueFd> open_source(const MountStep& step) {
  UniqueFd tree = TRY(os::clone_tree(step.source, step.options.bind_depth));
  if (!step.id_map) return tree;
  const UniqueFd space = TRY(open_user_namespace(*step.id_map));
  TRY(os::map_ids(tree, step.options.id_map_depth, space, step.source));
  return tree;
}

}  // namespace

Result<std::vector<UniqueFd>> open_bind_sources(const Plan& plan) {
  const bool privileged = plan.namespaces.new_user && ::geteuid() == 0;
  const auto is_ours = [&](const MountStep& step) {
    return step.kind == MountStep::Kind::kBind && (step.id_map || privileged);
  };
  std::vector<UniqueFd> trees;
  if (std::none_of(plan.mounts.begin(), plan.mounts.end(), is_ours)) return trees;
  for (const auto& step : plan.mounts) {
    trees.emplace_back();
    if (!is_ours(step)) continue;
    auto tree = open_source(step);
    // Without rights of our own init, which has those of its namespace, tries it and tells why it fails.
    if (!tree.ok() && !step.id_map && tree.error().errno_value() == EPERM) continue;
    if (!tree.ok()) return std::move(tree).error().context(formatted("mount {}", step.destination));
    trees.back() = std::move(tree).value();
  }
  return trees;
}

}  // namespace tare::runtime
