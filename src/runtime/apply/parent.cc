#include "runtime/apply/parent.h"

#include <unistd.h>

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

Result<void> write_id_maps(pid_t pid, const oci::LinuxSection& section) {
  const std::string directory = formatted("/proc/{}/", pid);
  // Without it the kernel lets nobody unprivileged write gid_map: to drop a group could give access.
  if (::geteuid() != 0) TRY(os::write_proc_file(directory + "setgroups", "deny"));
  TRY(os::write_proc_file(directory + "uid_map", map_lines(section.uid_mappings)).context("linux.uidMappings"));
  return os::write_proc_file(directory + "gid_map", map_lines(section.gid_mappings)).context("linux.gidMappings");
}

Result<void> write_oom_score_adjustment(pid_t pid, const oci::Process& process) {
  if (!process.oom_score_adj) return {};
  return os::write_proc_file(formatted("/proc/{}/oom_score_adj", pid), std::to_string(*process.oom_score_adj))
      .context("process.oomScoreAdj");
}

}  // namespace tare::runtime
