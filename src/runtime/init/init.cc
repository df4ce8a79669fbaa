// The recipe of a container's first process, one step per kernel feature, in the order that the kernel needs.
//
// Until the exec this process is an image of the caller's program in memory: no file of the host is executed inside the
// container, so there is none for it to overwrite (CVE-2019-5736). It is made non-dumpable before anything of the
// container could look at it, which closes /proc/1/exe, fd and mem to processes that join.
#include "runtime/init/init.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/namespace.h"
#include "os/process.h"
#include "os/scheduling.h"
#include "runtime/apply/hooks.h"
#include "runtime/hook_state.h"
#include "runtime/init/console.h"
#include "runtime/init/descriptors.h"
#include "runtime/init/devices.h"
#include "runtime/init/execute.h"
#include "runtime/init/finish.h"
#include "runtime/init/label.h"
#include "runtime/init/mount_target.h"
#include "runtime/init/mounts.h"
#include "runtime/init/protect_paths.h"
#include "runtime/init/rootfs.h"
#include "runtime/init/settings.h"

namespace tare::runtime {
namespace {

Result<void> await(BorrowedFd sync, char wanted) {
  const os::Message received = TRY(os::receive_message(sync));
  if (!received.bytes.empty() && received.bytes[0] == wanted) return {};
  return Failure(ErrorKind::kCancelled, "the process that made the container is gone");
}

Result<void> tell(BorrowedFd sync, char what, std::optional<BorrowedFd> descriptor = {}) {
  return os::send_message(sync, std::string_view(&what, 1), descriptor);
}

// Inside a new user namespace we are nobody until the parent has mapped us; then we become its root.
Result<void> become_mapped_root(const InitContext& context) {
  if (!context.plan.namespaces.new_user) return {};
  TRY(await(context.sync, message::kMapIds));
  if (::setresgid(0, 0, 0) != 0) return os::last_error("become group", "0 of the user namespace");
  if (::setresuid(0, 0, 0) != 0) return os::last_error("become user", "0 of the user namespace");
  return {};
}

Result<void> enter_cgroup(InitContext& context) {
  TRY(os::Cgroup::enter(context.cgroup_entrances));
  context.cgroup_entrances.clear();
  // A container's processors are those of its limits: those that its maker happens to be bound to are not inherited.
  os::forget_cpu_affinity();
  if (context.plan.namespaces.new_cgroup_namespace) return os::unshare(CLONE_NEWCGROUP);
  return {};
}

Result<void> join_namespaces(const NamespacePlan& plan) {
  if (plan.joins_before_clone) return {};
  for (const auto& join : plan.joins) {
    const UniqueFd space = TRY(os::open(join.path, O_RDONLY));
    TRY(os::join_namespace(space, join.kind).context(join.path));
  }
  return {};
}

Result<void> apply_settings(const InitContext& context) {
  const oci::RuntimeSpec& spec = context.options.spec;
  if (context.plan.namespaces.new_network) TRY(os::bring_loopback_up());
  if (!spec.hostname.empty()) TRY(os::set_hostname(spec.hostname));
  if (!spec.domainname.empty()) TRY(os::set_domainname(spec.domainname));
  return apply_sysctls(spec.linux_section.sysctl);
}

std::string root_path(const CreateOptions& options) {
  std::string path = options.spec.root ? options.spec.root->path : "";
  if (path.starts_with('/')) return path;
  if (!path.empty()) return options.bundle + "/" + path;
  if (!options.overlay) return options.bundle + "/rootfs";
  if (!options.overlay->upper.empty()) return options.overlay->upper;
  return options.overlay->lower_directory + "/" + options.overlay->lower_names.front();
}

Result<UniqueFd> build_root(const InitContext& context) {
  const Plan& plan = context.plan;
  ::umask(0);
  RootMount mount{root_path(context.options), context.options.overlay, plan.setup_propagation,
                  context.in_user_namespace};
  if (context.mapped_root.valid()) mount.mapped = BorrowedFd(context.mapped_root);
  UniqueFd root = TRY(mount_root(mount));
  TRY(apply_mounts(plan.mounts, context.trees, root, context.in_user_namespace));
  if (plan.populate_dev) {
    TRY(make_devices(plan.devices, root));
    TRY(make_device_links(root));
  }
  if (plan.seal_dev) {
    // What the terminal is bound to in the end cannot be made then.
    if (context.options.spec.process->terminal) (void)make_in_root(root, "/dev/console", TargetKind::kFile).ok();
    TRY(seal_mount(root, "/dev"));
  }
  return root;
}

// Our pid as the host's /proc, still mounted, tells it.
pid_t pid_on_host() {
  const auto link = os::read_link("/proc/self");
  return link.ok() ? static_cast<pid_t>(parse_signed(*link).value_or(0)) : 0;
}

Result<void> run_creation_hooks(const InitContext& context, pid_t pid) {
  const oci::RuntimeSpec& spec = context.options.spec;
  if (!spec.hooks.prestart.empty() || !spec.hooks.create_runtime.empty()) {
    TRY(tell(context.sync, message::kRunHooks));
    TRY(await(context.sync, message::kContinue));
  }
  if (spec.hooks.create_container.empty()) return {};
  return run_hook_list(spec.hooks.create_container, {"createContainer", root_path(context.options), {}},
                       state_json({context.options.id, "creating", pid, context.options.bundle}, spec));
}

Result<void> protect_paths(const InitContext& context, BorrowedFd root) {
  const oci::LinuxSection& section = context.options.spec.linux_section;
  TRY(make_paths_read_only(root, section.readonly_paths));
  return mask_paths(root, section.masked_paths, section.mount_label);
}

// The working directory need not exist, as in runc. Resolved in the root and without /proc's links: neither a symlink
// nor a descriptor that we still have leads out (CVE-2024-21626). A failure is told when it is entered.
void make_working_directory(const std::string& path, BorrowedFd root) {
  if (path != "/") (void)make_in_root(root, path, TargetKind::kDirectory).ok();
}

Result<void> protect_root(const InitContext& context) {
  const oci::RuntimeSpec& spec = context.options.spec;
  if (!spec.linux_section.rootfs_propagation.empty()) TRY(os::set_propagation("/", context.plan.root_propagation));
  if (spec.root && spec.root->readonly) {
    const UniqueFd root = TRY(os::open("/", O_PATH | O_DIRECTORY));
    TRY(os::set_mount_attributes(root, os::TreeDepth::kTop, MOUNT_ATTR_RDONLY, 0, 0, "/"));
  }
  return {};
}

// The first process of a pid namespace gets only signals that it handles. One that still waits for its start ends at
// those that ask it to, as runc's does; the exec takes the handlers away.
void end_when_asked() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::signal(signal, [](int number) { ::_exit(128 + number); });
}

// With a start socket the one who starts us is another process: the conversation goes on with that one.
Result<void> await_start(InitContext& context, const UniqueFd& start_socket) {
  if (!start_socket.valid()) return await(context.sync, message::kGo);
  end_when_asked();
  while (true) {
    UniqueFd starter = TRY(os::accept_unix(start_socket));
    if (!await(starter, message::kGo).ok()) continue;
    context.sync = TRY(move_above(std::move(starter), context.options.passed.size()));
    return {};
  }
}

// With the rights of the user's command, as in runc: they are programs of the container's, and what it may not do they
// may not do for it.
Result<void> run_start_hooks(const InitContext& context, pid_t pid) {
  const oci::RuntimeSpec& spec = context.options.spec;
  if (spec.hooks.start_container.empty()) return {};
  return run_hook_list(spec.hooks.start_container, {"startContainer", {}, complete_environment(*spec.process)},
                       state_json({context.options.id, "created", pid, context.options.bundle}, spec));
}

std::vector<BorrowedFd> descriptors_of(const CreateOptions& options, const std::optional<Console>& console) {
  std::vector<BorrowedFd> result;
  if (console) {
    result.assign(3, BorrowedFd(console->slave));
  } else {
    result = {options.streams.input, options.streams.output, options.streams.error};
  }
  result.insert(result.end(), options.passed.begin(), options.passed.end());
  return result;
}

// Before the wait, which may last: a descriptor of the caller's that we kept open would keep whoever reads the other
// end of it waiting too. Returns the start socket, if there is one.
Result<UniqueFd> drop_other_descriptors(InitContext& context, const std::optional<Console>& console) {
  const CreateOptions& options = context.options;
  UniqueFd start_socket;
  std::vector<BorrowedFd> kept = {context.sync};
  if (options.start_socket) {
    UniqueFd copy(::dup(options.start_socket->get()));
    if (!copy.valid()) return os::last_error("duplicate", "start socket");
    start_socket = TRY(move_above(std::move(copy), options.passed.size()));
    kept.emplace_back(start_socket);
  }
  if (context.proc.valid()) {
    context.proc = TRY(move_above(std::move(context.proc), options.passed.size()));
    kept.emplace_back(context.proc);
  }
  TRY(place_descriptors(descriptors_of(options, console), kept));
  return start_socket;
}

Result<void> set_up_namespaces(InitContext& context) {
  if (context.options.die_with_caller && !bind_life_to_caller(context.sync)) ::_exit(1);
  const std::string& offsets = context.plan.namespaces.time_offsets;
  // To become another user would take the file in /proc from us.
  const UniqueFd clocks = offsets.empty() ? UniqueFd() : TRY(open_clocks());
  TRY(become_mapped_root(context));
  TRY(enter_cgroup(context));
  TRY(join_namespaces(context.plan.namespaces));
  if (!offsets.empty()) TRY(enter_new_time_namespace(offsets, clocks));
  TRY(take_net_devices(context.net_devices, context.sync));
  ::setsid();
  if (context.options.new_keyring) join_new_keyring(context.options.id);
  return apply_settings(context);
}

std::optional<SeccompAgent> seccomp_agent(const InitContext& context, pid_t pid) {
  const oci::RuntimeSpec& spec = context.options.spec;
  if (!context.seccomp || !context.seccomp->has_listener()) return std::nullopt;
  return SeccompAgent{pid, spec.linux_section.seccomp->listener_path,
                      process_state_json({context.options.id, "created", pid, context.options.bundle}, spec)};
}

Result<void> initialise(InitContext& context) {
  const CreateOptions& options = context.options;
  const oci::Process& process = *options.spec.process;
  context.sync = TRY(move_above(std::move(context.sync), options.passed.size()));
  TRY(set_up_namespaces(context));
  const pid_t pid = pid_on_host();
  UniqueFd root = TRY(build_root(context));
  TRY(run_creation_hooks(context, pid));
  TRY(protect_paths(context, root));
  make_working_directory(process.cwd, root);
  TRY(options.pivot ? enter_root(root) : move_root(root, root_path(options)));
  root.reset();
  std::optional<Console> console;
  if (process.terminal) console = TRY(open_console(process, ConsoleFile::kBind));
  TRY(protect_root(context));
  const auto program = TRY(find_program(process));
  // Engines learn of an unknown profile from the creation.
  TRY(apply_labels(process, context.proc));
  ::prctl(PR_SET_DUMPABLE, 0);

  std::optional<BorrowedFd> master;
  if (console) master = BorrowedFd(console->master);
  TRY(tell(context.sync, message::kReady, master));
  const UniqueFd start_socket = TRY(drop_other_descriptors(context, console));
  if (console) {
    // Their numbers are closed, or are 0, 1 and 2 now.
    console->master.release();
    console->slave.release();
  }
  TRY(await_start(context, start_socket));
  const auto agent = seccomp_agent(context, pid);
  return finish({process, context.plan.process, context.seccomp, agent ? &*agent : nullptr, context.sync,
                 options.die_with_caller, [&] { return run_start_hooks(context, pid); }});
}

}  // namespace

void run_init(InitContext& context) {
  os::reset_signals();
  const auto done = initialise(context);
  (void)os::send_message(context.sync, message::kError + encode_error(done.error())).ok();
  ::_exit(1);
}

}  // namespace tare::runtime
