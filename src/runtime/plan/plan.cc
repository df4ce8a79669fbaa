#include "runtime/plan/plan.h"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

#include "os/namespace.h"

namespace tare::runtime {
namespace {

// A bind mount on /dev brings its own nodes; whatever else is mounted there is empty and ours to fill.
bool is_dev_ours(const std::vector<MountStep>& mounts) {
  const auto last = std::find_if(mounts.rbegin(), mounts.rend(), [](const auto& step) {
    return step.destination == "/dev" || step.destination == "/dev/";
  });
  return last == mounts.rend() || last->kind != MountStep::Kind::kBind;
}

// A read-only /dev has to be writable until the nodes are in it.
bool defer_read_only_dev(std::vector<MountStep>& mounts) {
  bool deferred = false;
  for (auto& step : mounts) {
    if (step.destination != "/dev" || step.kind != MountStep::Kind::kFileSystem) continue;
    deferred |= (step.options.flags & MS_RDONLY) != 0;
    step.options.flags &= ~static_cast<unsigned long>(MS_RDONLY);
  }
  return deferred;
}

Result<unsigned long> plan_root_propagation(const std::string& name) {
  if (name.empty()) return static_cast<unsigned long>(MS_SLAVE | MS_REC);
  const unsigned long flag = propagation_flag(name);
  if (flag == 0) return Failure(ErrorKind::kInvalidArgument, "linux.rootfsPropagation: {} is unknown", name);
  return flag;
}

bool has_sysctl(const oci::RuntimeSpec& spec, const std::string& property) {
  const auto& sysctls = spec.linux_section.sysctl;
  return sysctls.count("kernel." + property) + sysctls.count("kernel/" + property) > 0;
}

// A property and a sysctl that say the same: which of them would hold depends on an order that nobody has promised.
Result<void> check_names(const oci::RuntimeSpec& spec) {
  if (has_sysctl(spec, "hostname")) {
    return Failure(ErrorKind::kInvalidArgument, "sysctl kernel.hostname is not allowed: the property hostname sets it");
  }
  if (has_sysctl(spec, "domainname") && !spec.domainname.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "sysctl kernel.domainname: domainname {} says it already",
                   spec.domainname);
  }
  return {};
}

Result<void> check_sections(const oci::RuntimeSpec& spec, const NamespacePlan& namespaces) {
  if (!spec.process) return Failure(ErrorKind::kInvalidArgument, "config.json has no process");
  if (spec.process->args.empty()) return Failure(ErrorKind::kInvalidArgument, "process.args is empty: nothing to run");
  const bool own_uts = namespaces.creates_or_joins(CLONE_NEWUTS);
  if (!spec.hostname.empty() && !own_uts) {
    return Failure(ErrorKind::kInvalidArgument, "hostname {} needs a uts namespace of the container's own",
                   spec.hostname);
  }
  if (!spec.domainname.empty() && !own_uts) {
    return Failure(ErrorKind::kInvalidArgument, "domainname {} needs a uts namespace of the container's own",
                   spec.domainname);
  }
  return {};
}

// A sysctl that belongs to no namespace of the container would change the host.
Result<void> check_sysctl(const std::string& name, const NamespacePlan& namespaces) {
  static const std::vector<std::string> kIpc = {"kernel.msgmax", "kernel.msgmnb",         "kernel.msgmni",
                                                "kernel.sem",    "kernel.shmall",         "kernel.shmmax",
                                                "kernel.shmmni", "kernel.shm_rmid_forced"};
  const bool is_ipc = name.starts_with("fs.mqueue.") || std::find(kIpc.begin(), kIpc.end(), name) != kIpc.end();
  const bool is_uts = name == "kernel.domainname" || name == "kernel.hostname";
  const int kind = name.starts_with("net.") ? CLONE_NEWNET : is_ipc ? CLONE_NEWIPC : is_uts ? CLONE_NEWUTS : 0;
  if (kind == 0) {
    return Failure(ErrorKind::kInvalidArgument, "sysctl {} belongs to no namespace: it would change the host", name);
  }
  if (!namespaces.creates_or_joins(kind)) {
    return Failure(ErrorKind::kInvalidArgument, "sysctl {} needs a {} namespace of the container's own", name,
                   os::namespace_name(kind));
  }
  return {};
}

// The specification's "cgroup ownership": a container with users and groups of its own that sees its group writable
// gets it for its user, so that systemd in it can make groups below. Version 1 has no safe delegation.
std::optional<uint32_t> plan_cgroup_owner(const oci::RuntimeSpec& spec, const HostFacts& facts, const Plan& plan) {
  const bool own_namespaces = plan.namespaces.new_user && plan.namespaces.creates_or_joins(CLONE_NEWCGROUP);
  if (!own_namespaces || facts.in_user_namespace || facts.cgroups.version != os::CgroupVersion::kV2) return {};
  const bool writable = std::any_of(plan.mounts.begin(), plan.mounts.end(), [](const auto& step) {
    return step.type == "cgroup2" && (step.options.flags & MS_RDONLY) == 0;
  });
  if (!writable) return {};
  const uint32_t user = spec.process->user.uid;
  for (const auto& map : spec.linux_section.uid_mappings) {
    if (user >= map.container_id && user - map.container_id < map.size) return map.host_id + (user - map.container_id);
  }
  return {};
}

}  // namespace

Result<Plan> plan_container(const oci::RuntimeSpec& spec, const HostFacts& facts, const Place& place) {
  TRY(refuse_unsupported(spec, facts));
  Plan plan;
  plan.namespaces = TRY(plan_namespaces(spec.linux_section));
  TRY(check_sections(spec, plan.namespaces));
  for (const auto& [name, value] : spec.linux_section.sysctl) {
    std::string dotted = name;
    std::replace(dotted.begin(), dotted.end(), '/', '.');
    TRY(check_sysctl(dotted, plan.namespaces));
  }
  if (!spec.linux_section.sysctl.empty()) TRY(check_names(spec));
  plan.root_propagation = TRY(plan_root_propagation(spec.linux_section.rootfs_propagation));
  // What is unbindable could not be bound to become the root.
  const bool unbindable = (plan.root_propagation & MS_UNBINDABLE) != 0;
  plan.setup_propagation = unbindable ? static_cast<unsigned long>(MS_PRIVATE | MS_REC) : plan.root_propagation;
  plan.mounts = TRY(plan_mounts(spec, facts, plan.namespaces, place));
  plan.seal_dev = defer_read_only_dev(plan.mounts);
  plan.populate_dev = is_dev_ours(plan.mounts);
  plan.devices = TRY(plan_device_nodes(spec.linux_section.devices));
  plan.cgroup_writes = TRY(plan_cgroup_writes(spec.linux_section.resources, facts));
  plan.cgroup_owner = plan_cgroup_owner(spec, facts, plan);
  plan.device_writes = TRY(plan_device_writes(spec.linux_section.resources, facts));
  plan.resctrl = TRY(plan_resctrl(spec.linux_section, facts, place.id));
  plan.net_devices = TRY(plan_net_devices(spec.linux_section, plan.namespaces));
  plan.process = TRY(plan_process(*spec.process, spec.linux_section, facts));
  return plan;
}

}  // namespace tare::runtime
