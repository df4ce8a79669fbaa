#include "runtime/apply/cgroup.h"

#include "os/bpf.h"
#include "os/file.h"
#include "runtime/plan/device_nodes.h"
#include "runtime/plan/device_program.h"

namespace tare::runtime {
namespace {

Result<void> apply_write(const CgroupWrite& write, const os::Cgroup& cgroup) {
  const auto directory = write.controller.empty() ? cgroup.directories().front() : cgroup.directory(write.controller);
  const std::string path = directory.value_or("") + "/" + write.file;
  const bool other_name = !write.fallback.empty() && !os::exists(path);
  auto written = os::write_file(other_name ? directory.value_or("") + "/" + write.fallback : path, write.content);
  if (written.ok()) return written;
  const int number = written.error().errno_value();
  Error error = std::move(written).error().context(formatted("limit {} to {}", write.limit, write.content));
  if (number != ENOENT && number != EACCES) return error;
  return std::move(error)
      .with_kind(ErrorKind::kUnsupported)
      .with_hint("this host does not offer the limit; start the container without it");
}

}  // namespace

Result<void> apply_cgroup_writes(const std::vector<CgroupWrite>& writes, const os::Cgroup& cgroup) {
  for (const auto& write : writes) TRY(apply_write(write, cgroup));
  return {};
}

Result<void> apply_device_program(const oci::Resources& resources, const HostFacts& facts, const os::Cgroup& cgroup) {
  if (facts.cgroups.version != os::CgroupVersion::kV2 || facts.in_user_namespace) return {};
  const auto directory = TRY(cgroup.open_birthplace());
  if (!directory) return {};
  return os::attach_device_program(*directory, assemble_device_program(effective_device_rules(resources.devices)));
}

}  // namespace tare::runtime
