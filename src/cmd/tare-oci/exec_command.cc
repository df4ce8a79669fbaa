#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "commands.h"
#include "exec_cgroup.h"
#include "foreground.h"
#include "launch.h"
#include "os/file.h"
#include "os/guarded_program.h"
#include "os/process.h"

namespace tare::cmd {
namespace {

std::vector<FlagDefinition> exec_flags() {
  constexpr auto kText = FlagValue::kText;
  constexpr auto kNone = FlagValue::kNone;
  return {{"console-socket", "", kText, "unix socket that gets the terminal's master side"},
          {"pidfd-socket", "", kText, "unix socket that gets a pidfd of the process"},
          {"cwd", "", kText, "working directory in the container"},
          {"env", "e", kText, "set a variable: NAME=value"},
          {"tty", "t", kNone, "give the process a terminal"},
          {"user", "u", kText, "user and group by number: uid[:gid]"},
          {"additional-gids", "g", kText, "a further group, by number"},
          {"process", "p", kText, "file with the process as JSON, in place of a command"},
          {"detach", "d", kNone, "return when the process runs"},
          {"pid-file", "", kText, "file to write the process id to"},
          {"process-label", "", kText, "SELinux label of the process"},
          {"apparmor", "", kText, "AppArmor profile of the process"},
          {"no-new-privs", "", kNone, "the process cannot gain privileges"},
          {"cap", "c", kText, "add a capability"},
          {"preserve-fds", "", kText, "pass this many descriptors after 0, 1, 2"},
          {"cgroup", "", kText, "a group below the container's: [controller[,controller]:]path"},
          {"ignore-paused", "", kNone, "also in a paused container, where it waits until that is resumed"}};
}

Result<uint32_t> parse_id(std::string_view text, const char* what) {
  const auto id = parse_unsigned(text);
  if (!id || *id > 0xffffffff) return Failure(ErrorKind::kInvalidArgument, "bad {}: {} is no number", what, text);
  return static_cast<uint32_t>(*id);
}

Result<void> set_user(const std::string& text, oci::User& user) {
  if (text.empty()) return {};
  const auto parts = split(text, ':');
  user.uid = TRY(parse_id(parts[0], "uid"));
  if (parts.size() > 1) user.gid = TRY(parse_id(parts[1], "gid"));
  return {};
}

void add_capabilities(const std::vector<std::string>& names, oci::Process& process) {
  if (names.empty()) return;
  if (!process.capabilities) process.capabilities.emplace();
  auto& sets = *process.capabilities;
  for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted})
    set->insert(set->end(), names.begin(), names.end());
  // As runc: where some are inheritable, ambient is asked for too; the kernel has it for the inheritable ones only.
  if (!sets.inheritable.empty()) sets.ambient.insert(sets.ambient.end(), names.begin(), names.end());
}

Result<oci::Process> read_process(const std::string& path) {
  const std::string text = TRY(os::read_file(path));
  auto process = TRY(oci::Process::parse(text).context(path));
  if (process.args.empty()) return Failure(ErrorKind::kInvalidArgument, "{}: args must not be empty", path);
  return process;
}

Result<oci::Process> process_of(const Flags& flags, const oci::RuntimeSpec& spec) {
  if (flags.has("process")) return read_process(flags.text("process"));
  oci::Process process = spec.process.value_or(oci::Process{});
  process.args.assign(flags.rest().begin() + 1, flags.rest().end());
  if (process.args.empty()) return Failure(ErrorKind::kInvalidArgument, "exec args cannot be empty");
  process.terminal = flags.has("tty");
  process.cwd = flags.text("cwd", process.cwd);
  for (const auto& variable : flags.list("env")) process.env.push_back(variable);
  TRY(set_user(flags.text("user"), process.user));
  for (const auto& group : flags.list("additional-gids")) {
    process.user.additional_gids.push_back(TRY(parse_id(group, "additional gid")));
  }
  process.apparmor_profile = flags.text("apparmor", process.apparmor_profile);
  process.selinux_label = flags.text("process-label", process.selinux_label);
  if (!flags.list("no-new-privs").empty()) process.no_new_privileges = flags.has("no-new-privs");
  add_capabilities(flags.list("cap"), process);
  return process;
}

Result<void> check_status(Status status, const Flags& flags) {
  if (status == Status::kStopped) return Failure(ErrorKind::kConflict, "cannot exec in a stopped container");
  if (status == Status::kPaused && !flags.has("ignore-paused")) {
    return Failure(ErrorKind::kConflict, "cannot exec in a paused container (use --ignore-paused to override)");
  }
  return {};
}

Result<void> announce(const runtime::ExecutedProcess& executed, const Flags& flags) {
  const std::string console_socket = flags.text("console-socket");
  const std::string pidfd_socket = flags.text("pidfd-socket");
  if (!console_socket.empty()) TRY(hand_over_console(executed.console, console_socket));
  if (!pidfd_socket.empty()) TRY(hand_over_pidfd(executed.pidfd, pidfd_socket, "setns"));
  if (flags.has("pid-file")) TRY(write_pid_file(flags.text("pid-file"), executed.pid));
  return {};
}

Result<int> exec(const Invocation& invocation) {
  TRY(os::guard_own_program());
  const Flags& flags = invocation.flags;
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  TRY(check_status(invocation.records.status(record), flags));
  const Attachment attachment = flags.has("detach") ? Attachment::kDetached : Attachment::kForeground;
  auto process = TRY(process_of(flags, spec));
  TRY(check_console(process.terminal, attachment, flags.text("console-socket")));

  runtime::ExecOptions options{.spec = spec, .container_pid = record.pid, .process = std::move(process)};
  const auto container_cgroup = TRY(cgroup_of(record));
  options.cgroup = TRY(exec_cgroup(container_cgroup, flags.list("cgroup")));
  const unsigned preserved = TRY(parse_preserved(flags));
  options.passed = TRY(preserved_descriptors(0, preserved));
  if (attachment == Attachment::kForeground) options.line_ends = runtime::LineEnds::kAsWritten;
  options.id = record.id;
  options.bundle = record.bundle;
  options.seccomp_cache = invocation.records.seccomp_cache();
  const auto executed = TRY(runtime::exec(options));
  auto announced = announce(executed, flags);
  if (!announced.ok()) {
    (void)os::signal_pidfd(executed.pidfd, SIGKILL).ok();
    ::waitpid(executed.pid, nullptr, 0);
    return std::move(announced).error();
  }
  if (attachment == Attachment::kDetached) return 0;
  return stay_in_foreground(executed.pid, executed.pidfd, executed.console);
}

}  // namespace

Command exec_command() {
  return {.name = "exec",
          .summary = "execute another process in a running container",
          .arguments = "<container-id> <command> [arguments...] | --process FILE <container-id>",
          .at_most = kAnyNumber,
          .flags = exec_flags(),
          .run = exec,
          .order = FlagOrder::kBeforeWords,
          .failure_code = 255};
}

}  // namespace tare::cmd
