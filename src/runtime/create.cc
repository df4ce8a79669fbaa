// create, start and remove: the parent's side of runtime.h's conversation.
#include "runtime/create.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/scope_guard.h"
#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/namespace.h"
#include "os/process.h"
#include "runtime/apply/bind_sources.h"
#include "runtime/apply/birth.h"
#include "runtime/apply/cgroup.h"
#include "runtime/apply/hooks.h"
#include "runtime/apply/mapped_root.h"
#include "runtime/apply/parent.h"
#include "runtime/apply/resctrl.h"
#include "runtime/hook_state.h"
#include "runtime/init/init.h"
#include "runtime/init/label.h"
#include "runtime/plan/plan.h"
#include "runtime/runtime.h"
#include "runtime/seccomp/listener.h"

namespace tare::runtime {
namespace {

std::string cgroup_path_of(const CreateOptions& options) {
  const std::string& asked = options.spec.linux_section.cgroups_path;
  if (asked.empty()) return "/tare/" + options.id;
  return asked.starts_with('/') ? asked : "/" + asked;
}

// The caller's descriptor stands for whatever the configuration says of the network namespace.
void use_network_namespace(BorrowedFd given, NamespacePlan& plan) {
  plan.created &= ~static_cast<uint64_t>(CLONE_NEWNET);
  plan.new_network = false;
  std::erase_if(plan.joins, [](const auto& join) { return join.kind == CLONE_NEWNET; });
  plan.joins.push_back({CLONE_NEWNET, formatted("/proc/self/fd/{}", given.get())});
  plan.joins_before_clone |= plan.new_user;
}

// The namespace that the caller has made, with the specification's mappings, stands for a new one.
Result<void> use_user_namespace(BorrowedFd given, const oci::LinuxSection& section, Plan& whole) {
  NamespacePlan& plan = whole.namespaces;
  if (!plan.new_user) {
    return Failure(ErrorKind::kInvalidArgument, "linux.namespaces: the user namespace that was made is not asked for");
  }
  plan.created &= ~static_cast<uint64_t>(CLONE_NEWUSER);
  plan.new_user = false;
  // Last: what the host owns can be joined only while we are the host's root.
  const auto path = formatted("/proc/self/fd/{}", given.get());
  plan.joins.push_back({CLONE_NEWUSER, path});
  plan.joins_before_clone = true;
  for (auto& step : whole.mounts) {
    if (step.id_map && step.id_map->uids == section.uid_mappings) step.id_map->user_namespace = path;
  }
  return {};
}

}  // namespace

Result<Plan> make_plan(const CreateOptions& options, const HostFacts& facts) {
  Plan plan = TRY(plan_container(options.spec, facts, {options.bundle, cgroup_path_of(options), options.id}));
  if (options.network_namespace) use_network_namespace(*options.network_namespace, plan.namespaces);
  if (options.user_namespace) {
    TRY(use_user_namespace(*options.user_namespace, options.spec.linux_section, plan));
  }
  if (!options.create_cgroup && !plan.cgroup_writes.empty()) {
    return Failure(ErrorKind::kUnsupported, "{} cannot be enforced: the container gets no cgroup of its own",
                   plan.cgroup_writes.front().limit);
  }
  return plan;
}

namespace {

// Without a right to make cgroups (an ordinary user without delegation) a container without limits needs none.
bool is_dispensable(const Error& error, const Plan& plan, const HostFacts& facts) {
  const int number = error.errno_value();
  return facts.in_user_namespace && plan.cgroup_writes.empty() &&
         (number == EACCES || number == EPERM || number == EROFS || number == ENOENT);
}

// A group that others are in would put them under our limits, and to delete the container would kill them. In a frozen
// one the first process would hang.
Result<void> refuse_used(const os::Cgroup& cgroup) {
  if (!cgroup.exists()) return {};
  const size_t count = TRY(cgroup.processes()).size();
  if (count > 0) {
    return Failure(ErrorKind::kConflict, "container's cgroup is not empty: {} process(es) found in {}", count,
                   cgroup.path());
  }
  if (cgroup.is_frozen()) {
    return Failure(ErrorKind::kConflict, "container's cgroup unexpectedly frozen: {}", cgroup.path());
  }
  return {};
}

}  // namespace

Result<os::Cgroup> make_cgroup(const CreateOptions& options, const Plan& plan, const HostFacts& facts) {
  if (!options.create_cgroup) return os::Cgroup();
  os::Cgroup cgroup(facts.cgroups, cgroup_path_of(options));
  if (!options.cgroup_is_managed) TRY(refuse_used(cgroup));
  ScopeGuard undo([&] {
    if (!options.cgroup_is_managed) (void)cgroup.remove().ok();
  });
  auto created = options.cgroup_is_managed ? Result<void>() : cgroup.create();
  if (!created.ok()) {
    if (is_dispensable(created.error(), plan, facts)) return os::Cgroup();
    return std::move(created).error().context("make cgroup " + cgroup.path());
  }
  TRY(apply_cgroup_writes(plan.cgroup_writes, cgroup));
  TRY(apply_cgroup_writes(plan.device_writes, cgroup));
  TRY(apply_device_program(options.spec.linux_section.resources, facts, cgroup));
  if (plan.cgroup_owner && ::geteuid() == 0) TRY(delegate_cgroup(cgroup, *plan.cgroup_owner));
  undo.keep();
  return cgroup;
}

Result<std::vector<std::string>> make_resctrl(const Plan& plan) {
  if (!plan.resctrl) return std::vector<std::string>();
  auto groups = TRY(make_resctrl_groups(*plan.resctrl));
  ScopeGuard undo([&] { (void)remove_resctrl_groups(groups).ok(); });
  TRY(write_resctrl_limits(*plan.resctrl));
  undo.keep();
  return groups;
}

namespace {

// A container without a group of its own sees what its cgroup namespace begins at; without one those of the host, and
// changes nothing there.
void show_whole_hierarchies(Plan& plan, const std::string& cgroup_path) {
  for (auto& step : plan.mounts) {
    const bool is_own_group = step.kind == MountStep::Kind::kBind && step.type == "cgroup";
    if (!is_own_group || !step.source.ends_with(cgroup_path)) continue;
    if (plan.namespaces.new_cgroup_namespace) {
      step.kind = MountStep::Kind::kFileSystem;
      step.source = "cgroup";
      continue;
    }
    step.source.resize(step.source.size() - cgroup_path.size());
    step.options.recursive_set |= MOUNT_ATTR_RDONLY;
  }
}

Result<Birth> plan_birth(const NamespacePlan& namespaces, const std::optional<UniqueFd>& birthplace) {
  Birth birth;
  birth.namespaces = namespaces.created;
  if (birthplace) birth.cgroup = BorrowedFd(*birthplace);
  if (!namespaces.joins_before_clone) return birth;
  for (const auto& join : namespaces.joins) {
    UniqueFd space = TRY(os::open(join.path, O_RDONLY));
    birth.joins.push_back({std::move(space), join.kind, join.path});
  }
  return birth;
}

}  // namespace

Result<void> run_runtime_hooks(const CreateOptions& options, pid_t pid) {
  const std::string state = state_json({options.id, "creating", pid, options.bundle}, options.spec);
  TRY(run_hook_list(options.spec.hooks.prestart, {"prestart", {}, {}}, state));
  return run_hook_list(options.spec.hooks.create_runtime, {"createRuntime", {}, {}}, state);
}

namespace {

Error unknown_message() { return Failure(ErrorKind::kInternal, "unknown message from the container's first process"); }

Result<void> send_device(const InitContext& context, std::string_view place, const Container& container) {
  const auto index = parse_unsigned(place);
  if (!index || *index >= context.net_devices.size()) return unknown_message();
  const NetDevice& device = context.net_devices[*index];
  TRY(os::move_network_device(device.index, container.pid, device.move.name)
          .context(formatted("linux.netDevices.{} as {}", device.move.host_name, device.move.name)));
  return os::send_message(container.sync, std::string_view(&message::kContinue, 1));
}

// Follows init until it waits for the start.
Result<void> converse(const CreateOptions& options, const InitContext& context, Container& container) {
  while (true) {
    os::Message received = TRY(os::receive_message(container.sync));
    if (received.bytes.empty()) {
      return Failure(ErrorKind::kInternal, "the container's first process ended during its set-up")
          .with_hint("it may have been killed for lack of memory: is the memory limit very small?");
    }
    switch (received.bytes[0]) {
      case message::kError:
        return decode_error(std::string_view(received.bytes).substr(1));
      case message::kReady:
        container.console = std::move(received.descriptor);
        return {};
      case message::kRunHooks:
        TRY(run_runtime_hooks(options, container.pid));
        TRY(os::send_message(container.sync, std::string_view(&message::kContinue, 1)));
        break;
      case message::kSendDevice:
        TRY(send_device(context, std::string_view(received.bytes).substr(1), container));
        break;
      default:
        return unknown_message();
    }
  }
}

Result<void> help_from_outside(const CreateOptions& options, const Plan& plan, const Container& container) {
  TRY(write_oom_score_adjustment(container.pid, *options.spec.process));
  if (plan.resctrl) TRY(enter_resctrl_groups(*plan.resctrl, container.pid));
  if (!plan.namespaces.new_user) return {};
  const oci::LinuxSection& section = options.spec.linux_section;
  TRY(write_id_maps(container.pid, section.uid_mappings, section.gid_mappings).context("linux"));
  return os::send_message(container.sync, std::string_view(&message::kMapIds, 1));
}

void kill_and_reap(const Container& container) {
  (void)os::signal_pidfd(container.pidfd, SIGKILL).ok();
  siginfo_t ended{};
  const auto process = static_cast<id_t>(container.pidfd.get());
  os::retry_interrupted([&] { return ::waitid(static_cast<idtype_t>(P_PIDFD), process, &ended, WEXITED); });
}

Result<Container> bear_init(const CreateOptions& options, const Plan& plan, InitContext context,
                            const os::Cgroup& cgroup) {
  auto ends = TRY(os::packet_socket_pair());
  const auto birthplace = TRY(cgroup.open_birthplace());
  context.cgroup_entrances = TRY(cgroup.open_entrances());
  context.sync = std::move(ends.second);
  const Birth birth = TRY(plan_birth(plan.namespaces, birthplace));
  os::Clone clone = TRY(give_birth(birth, [&] {
    ends.first.reset();
    run_init(context);
  }));
  Container container{options.id, clone.pid, std::move(clone.pidfd), {}, std::move(ends.first), cgroup, {}};
  context.sync.reset();  // or the end of init would not be seen on our side
  ScopeGuard undo([&] { kill_and_reap(container); });
  TRY(help_from_outside(options, plan, container));
  TRY(converse(options, context, container));
  undo.keep();
  return container;
}

// Of two limits that bound each other (memory and swap, quota and period) the kernel refuses one while the other is not
// there yet; which one depends on the limits of before. So those refused are tried again as long as others get through.
Result<void> apply_in_any_order(std::vector<CgroupWrite> writes, const os::Cgroup& cgroup) {
  while (!writes.empty()) {
    std::vector<CgroupWrite> refused;
    Result<void> last;
    for (const auto& write : writes) {
      auto applied = apply_cgroup_writes({write}, cgroup);
      if (applied.ok()) continue;
      const int number = applied.error().errno_value();
      if (number != EINVAL && number != EBUSY) return applied;
      refused.push_back(write);
      last = std::move(applied);
    }
    if (refused.size() == writes.size()) return last;
    writes = std::move(refused);
  }
  return {};
}

Result<void> await_execution(BorrowedFd sync) {
  while (true) {
    const os::Message received = TRY(os::receive_message(sync));
    if (received.bytes.empty()) return {};
    const auto text = std::string_view(received.bytes).substr(1);
    if (received.bytes[0] != message::kListener) return decode_error(text);
    TRY(hand_over_listener(text));
    TRY(os::send_message(sync, std::string_view(&message::kContinue, 1)));
  }
}

}  // namespace

Result<Container> create(const CreateOptions& options) {
  const HostFacts facts = TRY(read_host_facts(options.spec));
  Plan plan = TRY(make_plan(options, facts));
  warn_of_capabilities(plan.process);
  InitContext context{options, plan};
  context.in_user_namespace = facts.in_user_namespace || plan.namespaces.creates_or_joins(CLONE_NEWUSER);
  context.net_devices = TRY(read_net_devices(plan.net_devices));
  context.proc = TRY(open_proc_for_labels(*options.spec.process));
  if (const auto& profile = options.spec.linux_section.seccomp) {
    context.seccomp = TRY(cached_seccomp(*profile, options.seccomp_cache));
  }
  context.mapped_root = TRY(open_mapped_root(options));
  const os::Cgroup cgroup = TRY(make_cgroup(options, plan, facts));
  ScopeGuard undo([&] {
    if (!cgroup.empty() && !options.cgroup_is_managed) (void)cgroup.remove().ok();
  });
  if (cgroup.empty()) show_whole_hierarchies(plan, cgroup_path_of(options));
  // After the cgroup is made, which is one of them where the container has no cgroup namespace.
  context.trees = TRY(open_bind_sources(plan));
  auto resctrl_groups = TRY(make_resctrl(plan));
  ScopeGuard undo_resctrl([&] { (void)remove_resctrl_groups(resctrl_groups).ok(); });
  Container container = TRY(bear_init(options, plan, std::move(context), cgroup));
  container.resctrl_groups = std::move(resctrl_groups);
  undo_resctrl.keep();
  undo.keep();
  return container;
}

Result<void> start(Container& container) {
  const UniqueFd sync = std::move(container.sync);
  TRY(os::send_message(sync, std::string_view(&message::kGo, 1)));
  return await_execution(sync);
}

Result<void> start_by_socket(const std::string& socket_path) {
  const UniqueFd socket = TRY(os::connect_unix(socket_path, SOCK_SEQPACKET));
  TRY(os::send_message(socket, std::string_view(&message::kGo, 1)));
  return await_execution(socket);
}

Result<void> remove(const Container& container) {
  TRY(remove_resctrl_groups(container.resctrl_groups));
  if (container.cgroup.empty()) return {};
  TRY(container.cgroup.signal_all(SIGKILL));
  return container.cgroup.remove();
}

Result<void> update(const os::Cgroup& cgroup, const oci::Resources& resources) {
  HostFacts facts;
  facts.cgroups = cgroup.layout();
  facts.in_user_namespace = os::in_user_namespace();
  auto writes = TRY(plan_cgroup_writes(resources, facts));
  if (cgroup.empty() && !writes.empty()) {
    return Failure(ErrorKind::kUnsupported, "{} cannot be changed: the container has no cgroup", writes.front().limit);
  }
  return apply_in_any_order(std::move(writes), cgroup);
}

Result<void> update_resctrl(const oci::RuntimeSpec& spec, const std::string& id, const oci::IntelRdt& changed) {
  if (!spec.linux_section.intel_rdt) {
    return Failure(ErrorKind::kUnsupported, "the container was started without linux.intelRdt, which cannot be added");
  }
  oci::RuntimeSpec next;
  next.linux_section.intel_rdt = changed;
  next.linux_section.intel_rdt->clos_id = spec.linux_section.intel_rdt->clos_id;
  const auto plan = TRY(find_resctrl_groups(next, id));
  if (!plan) return Failure(ErrorKind::kUnsupported, "this host has no resctrl file system mounted");
  return write_resctrl_limits(*plan);
}

Result<void> run_hooks(HookPoint point, const oci::RuntimeSpec& spec, const std::string& id, const std::string& bundle,
                       pid_t pid) {
  const bool started = point == HookPoint::kPoststart;
  const std::string state = state_json({id, started ? "running" : "stopped", pid, bundle}, spec);
  return started ? run_hook_list(spec.hooks.poststart, {"poststart", {}, {}}, state)
                 : run_every_hook(spec.hooks.poststop, {"poststop", {}, {}}, state);
}

Result<void> check(const oci::RuntimeSpec& spec) {
  const HostFacts facts = TRY(read_host_facts(spec));
  const auto plan = TRY(plan_container(spec, facts, {"/", "/"}));
  return {};
}

}  // namespace tare::runtime
