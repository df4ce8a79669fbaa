#include "runtime/apply/cgroup.h"

#include "os/bpf.h"
#include "os/file.h"
#include "runtime/plan/device_nodes.h"
#include "runtime/plan/device_program.h"

namespace tare::runtime {
namespace {

Result<void> apply_write(const CgroupWrite& write, const os::Cgroup& cgroup) {
  const auto directory = write.controller.empty() ? cgroup.directories().front() : cgroup.directory(write.controller);
  const auto path_of = [&](const std::string& file) { return directory.value_or("") + "/" + file; };
  const bool there = (write.other_file.empty() && !write.only_if_there) || os::exists(path_of(write.file));
  if (!there && write.only_if_there) return {};
  auto written = there ? os::write_file(path_of(write.file), write.content)
                       : os::write_file(path_of(write.other_file), write.other_content);
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

Result<void> delegate_cgroup(const os::Cgroup& cgroup, uint32_t owner) {
  // Limits are not in the list, so the container cannot lift its own. Kernels before 4.15 have no list.
  const auto listed = os::read_file("/sys/kernel/cgroup/delegate");
  auto files = split(trim(listed.ok() ? *listed : "cgroup.procs\ncgroup.subtree_control\ncgroup.threads"), '\n');
  const std::string directory = cgroup.directories().front();
  TRY(os::change_owner(directory, owner));
  for (const auto& file : files) {
    // Which of them there are depends on the kernel's configuration.
    const std::string path = formatted("{}/{}", directory, file);
    if (os::exists(path)) TRY(os::change_owner(path, owner));
  }
  return {};
}

}  // namespace tare::runtime
