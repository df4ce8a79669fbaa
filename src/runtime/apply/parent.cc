#include "runtime/apply/parent.h"

#include <unistd.h>

#include "base/log.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::runtime {
namespace {

std::string map_lines(const std::vector<oci::IdMapping>& mappings) {
  std::string lines;
  for (const auto& mapping : mappings) {
    lines += formatted("{} {} {}\n", mapping.container_id, mapping.host_id, mapping.size);
  }
  return lines;
}

bool is_one_id(const std::vector<oci::IdMapping>& mappings, uint32_t id) {
  return mappings.size() == 1 && mappings.front().host_id == id && mappings.front().size == 1;
}

// newuidmap, newgidmap: the set-user-ID programs that grant what /etc/subuid and /etc/subgid say.
Result<void> run_mapper(const char* program, pid_t pid, const std::vector<oci::IdMapping>& mappings) {
  std::vector<std::string> arguments = {program, std::to_string(pid)};
  for (const auto& mapping : mappings) {
    for (const uint32_t number : {mapping.container_id, mapping.host_id, mapping.size}) {
      arguments.push_back(std::to_string(number));
    }
  }
  auto child = os::spawn({.arguments = std::move(arguments)});
  if (!child.ok()) {
    return std::move(child)
        .error()
        .context("an ordinary user maps several ids through " + std::string(program))
        .with_hint("install the package uidmap, or map the user's own id alone");
  }
  const auto status = TRY(os::wait(*child));
  if (status.shell_code() == 0) return {};
  return Failure(ErrorKind::kPermissionDenied, "{} refuses these ids", program)
      .with_hint("they must be in the user's ranges of /etc/subuid and /etc/subgid");
}

// The kernel lets an ordinary user map his own id, and no other.
Result<void> write_id_maps_as_user(pid_t pid, const std::vector<oci::IdMapping>& uids,
                                   const std::vector<oci::IdMapping>& gids) {
  const std::string directory = formatted("/proc/{}/", pid);
  if (is_one_id(uids, ::geteuid())) {
    TRY(os::write_proc_file(directory + "uid_map", map_lines(uids)).context("uidMappings"));
  } else {
    TRY(run_mapper("newuidmap", pid, uids).context("uidMappings"));
  }
  if (!is_one_id(gids, ::getegid())) return run_mapper("newgidmap", pid, gids).context("gidMappings");
  // Without it the kernel lets nobody unprivileged write gid_map: to drop a group could give access.
  TRY(os::write_proc_file(directory + "setgroups", "deny"));
  return os::write_proc_file(directory + "gid_map", map_lines(gids)).context("gidMappings");
}

}  // namespace

Result<void> write_id_maps(pid_t pid, const std::vector<oci::IdMapping>& uids,
                           const std::vector<oci::IdMapping>& gids) {
  if (::geteuid() != 0) return write_id_maps_as_user(pid, uids, gids);
  const std::string directory = formatted("/proc/{}/", pid);
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
