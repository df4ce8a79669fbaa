// exec: one more process in a running container.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/scope_guard.h"
#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/namespace.h"
#include "os/process.h"
#include "os/pty.h"
#include "os/scheduling.h"
#include "runtime/apply/birth.h"
#include "runtime/apply/parent.h"
#include "runtime/apply/resctrl.h"
#include "runtime/hook_state.h"
#include "runtime/init/console.h"
#include "runtime/init/descriptors.h"
#include "runtime/init/finish.h"
#include "runtime/init/init.h"
#include "runtime/init/label.h"
#include "runtime/init/settings.h"
#include "runtime/plan/plan.h"
#include "runtime/runtime.h"

namespace tare::runtime {
namespace {

constexpr int kNamespaces[] = {CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,    CLONE_NEWNS,
                               CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_NEWTIME};

struct ExecContext {
  const ExecOptions& options;
  const ProcessPlan& plan;
  std::vector<UniqueFd> cgroup_entrances;
  std::optional<SeccompFilter> seccomp;
  UniqueFd sync;
  UniqueFd proc;  // of the host, for labels; else no valid descriptor
};

// The kinds in which the container differs from us; to join one's own user namespace again is an error. One that cannot
// be looked at is an error too: the process would run in ours.
Result<int> foreign_namespaces(pid_t pid) {
  int kinds = 0;
  for (const int kind : kNamespaces) {
    struct stat own {};
    struct stat theirs {};
    const std::string name = os::namespace_name(kind);
    if (::stat(("/proc/self/ns/" + name).c_str(), &own) != 0) continue;
    const auto path = formatted("/proc/{}/ns/{}", pid, name);
    if (::stat(path.c_str(), &theirs) != 0) return os::last_error("enter the container: look at", path);
    if (own.st_ino != theirs.st_ino) kinds |= kind;
  }
  return kinds;
}

bool asks_agent(const ExecContext& context) { return context.seccomp && context.seccomp->has_listener(); }

// What the caller does for us from outside has to be done before we execute, and our pid is the caller's to tell:
// inside the container nobody knows it.
bool awaits_caller(const ExecContext& context) {
  return context.options.process.oom_score_adj || context.options.spec.linux_section.intel_rdt || asks_agent(context);
}

Result<std::optional<SeccompAgent>> await_caller(const ExecContext& context) {
  if (!awaits_caller(context)) return std::optional<SeccompAgent>();
  const auto told = TRY(os::receive_message(context.sync));
  if (told.bytes.empty()) return Failure(ErrorKind::kCancelled, "the process that executes us is gone");
  if (!asks_agent(context)) return std::optional<SeccompAgent>();
  const auto pid = static_cast<pid_t>(parse_signed(told.bytes).value_or(0));
  const oci::RuntimeSpec& spec = context.options.spec;
  return std::optional(
      SeccompAgent{pid, spec.linux_section.seccomp->listener_path,
                   process_state_json({context.options.id, "running", pid, context.options.bundle}, spec)});
}

Result<void> initialise(ExecContext& context) {
  const ExecOptions& options = context.options;
  context.sync = TRY(move_above(std::move(context.sync), options.passed.size()));
  if (options.die_with_caller && !bind_life_to_caller(context.sync)) ::_exit(1);
  TRY(os::Cgroup::enter(context.cgroup_entrances));
  const auto& cpus = context.plan.scheduling.final_cpus;
  if (!cpus.empty()) {
    TRY(os::set_cpu_affinity(cpus).context("process.execCPUAffinity.final"));
  } else if (context.plan.scheduling.initial_cpus.empty()) {
    os::forget_cpu_affinity();
  }
  ::setsid();
  if (options.new_keyring) join_new_keyring(formatted("exec.{}", options.container_pid));
  std::vector<BorrowedFd> descriptors = {options.streams.input, options.streams.output, options.streams.error};
  std::optional<Console> console;
  if (options.process.terminal) {
    console = TRY(open_console(options.process, ConsoleFile::kNone));
    if (options.line_ends == LineEnds::kAsWritten) TRY(os::keep_line_ends(console->slave));
    descriptors.assign(3, BorrowedFd(console->slave));
    TRY(os::send_message(context.sync, std::string_view(&message::kReady, 1), BorrowedFd(console->master)));
  }
  descriptors.insert(descriptors.end(), options.passed.begin(), options.passed.end());
  TRY(apply_labels(options.process, context.proc));
  TRY(place_descriptors(descriptors, {context.sync}));
  const auto agent = TRY(await_caller(context));
  return finish({options.process, context.plan, context.seccomp, agent ? &*agent : nullptr, context.sync,
                 options.die_with_caller});
}

[[noreturn]] void run_exec(ExecContext& context) {
  os::reset_signals();
  const auto done = initialise(context);
  (void)os::send_message(context.sync, message::kError + encode_error(done.error())).ok();
  ::_exit(1);
}

// Until the end of file that the exec makes.
Result<void> converse(BorrowedFd sync, ExecutedProcess& process) {
  while (true) {
    os::Message received = TRY(os::receive_message(sync));
    if (received.bytes.empty()) return {};
    const auto text = std::string_view(received.bytes).substr(1);
    if (received.bytes[0] == message::kError) return decode_error(text);
    if (received.bytes[0] == message::kListener) {
      TRY(hand_over_listener(text));
      TRY(os::send_message(sync, std::string_view(&message::kContinue, 1)));
      continue;
    }
    process.console = std::move(received.descriptor);
  }
}

Result<Birth> plan_birth(const ExecOptions& options, const std::optional<UniqueFd>& birthplace) {
  Birth birth;
  if (birthplace) birth.cgroup = BorrowedFd(*birthplace);
  UniqueFd pidfd = TRY(os::open_pidfd(options.container_pid));
  const int kinds = TRY(foreign_namespaces(options.container_pid));
  if (kinds != 0) birth.joins.push_back({std::move(pidfd), kinds, "enter the container"});
  return birth;
}

// The child inherits the processors that we run on meanwhile.
Result<os::Clone> bear_on(const std::vector<unsigned>& cpus, const Birth& birth, const std::function<void()>& run) {
  if (cpus.empty()) return give_birth(birth, run);
  const auto own = TRY(os::cpu_affinity());
  TRY(os::set_cpu_affinity(cpus).context("process.execCPUAffinity.initial"));
  auto clone = give_birth(birth, run);
  TRY(os::set_cpu_affinity(own));
  return clone;
}

// A container that manages groups itself (systemd in it) has controllers enabled for the groups below its own, which
// may hold no process then. As runc does, the process goes where the container's first one is: but nowhere else than
// below.
Result<std::optional<UniqueFd>> open_other_birthplace(const ExecOptions& options) {
  const auto group = TRY(os::Cgroup::find_of(options.container_pid));
  if (!group.path().starts_with(options.cgroup.path() + "/")) return std::optional<UniqueFd>();
  return group.open_birthplace();
}

Result<os::Clone> bear(const ExecOptions& options, const ProcessPlan& plan, const std::function<void()>& run) {
  const auto birthplace = TRY(options.cgroup.open_birthplace());
  Birth birth = TRY(plan_birth(options, birthplace));
  auto clone = bear_on(plan.scheduling.initial_cpus, birth, run);
  if (clone.ok() || clone.error().errno_value() != EBUSY) return clone;
  const auto other = TRY(open_other_birthplace(options));
  if (!other) return clone;
  birth.cgroup = BorrowedFd(*other);
  return bear_on(plan.scheduling.initial_cpus, birth, run);
}

}  // namespace

Result<ExecutedProcess> exec(const ExecOptions& options) {
  HostFacts facts;
  read_process_facts(options.process, options.spec.linux_section, facts);
  TRY(refuse_unsupported(options.process, facts));
  if (options.process.args.empty()) return Failure(ErrorKind::kInvalidArgument, "there is no command to execute");
  const ProcessPlan plan = TRY(plan_process(options.process, options.spec.linux_section, facts));
  const auto resctrl = TRY(find_resctrl_groups(options.spec, options.id));
  warn_of_capabilities(plan);
  ExecContext context{options, plan, {}, {}, {}, {}};
  context.proc = TRY(open_proc_for_labels(options.process));
  if (const auto& profile = options.spec.linux_section.seccomp) {
    context.seccomp = TRY(cached_seccomp(*profile, options.seccomp_cache));
  }
  context.cgroup_entrances = TRY(options.cgroup.open_entrances());
  auto ends = TRY(os::packet_socket_pair());
  context.sync = std::move(ends.second);
  os::Clone clone = TRY(bear(options, plan, [&] {
    ends.first.reset();
    run_exec(context);
  }));
  context.sync.reset();
  ExecutedProcess process{clone.pid, std::move(clone.pidfd), {}};
  ScopeGuard undo([&] {
    (void)os::signal_pidfd(process.pidfd, SIGKILL).ok();
    siginfo_t ended{};
    const auto id = static_cast<id_t>(process.pidfd.get());
    os::retry_interrupted([&] { return ::waitid(static_cast<idtype_t>(P_PIDFD), id, &ended, WEXITED); });
  });
  TRY(write_oom_score_adjustment(process.pid, options.process));
  if (resctrl) TRY(enter_resctrl_groups(*resctrl, process.pid));
  // A child that has failed already does not listen: what it says tells more.
  if (awaits_caller(context)) (void)os::send_message(ends.first, std::to_string(process.pid)).ok();
  TRY(converse(ends.first, process));
  undo.keep();
  return process;
}

}  // namespace tare::runtime
