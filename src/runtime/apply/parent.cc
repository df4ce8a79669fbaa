#include "runtime/apply/parent.h"

#include <unistd.h>

#include "base/log.h"
#include "os/file.h"

namespace tare::runtime {
namespace {

std::string map_lines(const std::vector<oci::IdMapping>& mappings) {
  std::string lines;
  for (const auto& mapping : mappings) {
    lines += formatted("{} {} {}\n", mapping.container_id, mapping.host_id, mapping.size);
  }
  return lines;
}

}  // namespace

Result<void> write_id_maps(pid_t pid, const std::vector<oci::IdMapping>& uids,
                           const std::vector<oci::IdMapping>& gids) {
  const std::string directory = formatted("/proc/{}/", pid);
  // Without it the kernel lets nobody unprivileged write gid_map: to drop a group could give access.
  if (::geteuid() != 0) TRY(os::write_proc_file(directory + "setgroups", "deny"));
  TRY(os::write_proc_file(directory + "uid_map", map_lines(uids)).context("uidMappings"));
  return os::write_proc_file(directory + "gid_map", map_lines(gids)).context("gidMappings");
}

void warn_of_capabilities(const ProcessPlan& plan) {
  if (plan.not_granted.empty()) return;
  log_warning(formatted("process.capabilities: left out, because they cannot be granted here: {}",
                        join(plan.not_granted, ", ")));
}

Result<void> write_oom_score_adjustment(pid_t pid, const oci::Process& process) {
  if (!process.oom_score_adj) return {};
  return os::write_proc_file(formatted("/proc/{}/oom_score_adj", pid), std::to_string(*process.oom_score_adj))
      .context("process.oomScoreAdj");
}

}  // namespace tare::runtime
