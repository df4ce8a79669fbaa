#include <unistd.h>

#include <algorithm>

#include "commands.h"
#include "flags.h"
#include "foreground.h"
#include "launch.h"
#include "os/file.h"
#include "os/guarded_program.h"

namespace tare::cmd {
namespace {

std::vector<FlagDefinition> exec_flags() {
  return {{"console-socket", "", true}, {"cwd", "", true},          {"env", "e", true},
          {"tty", "t", false},          {"user", "u", true},        {"additional-gids", "g", true},
          {"process", "p", true},       {"detach", "d", false},     {"pid-file", "", true},
          {"process-label", "", true},  {"apparmor", "", true},     {"no-new-privs", "", false},
          {"cap", "c", true},           {"preserve-fds", "", true}, {"cgroup", "", true},
          {"ignore-paused", "", false}, {"help", "h", false}};
}

Result<uint32_t> parse_id(std::string_view text, const char* what) {
  const auto id = parse_unsigned(text);
  if (!id || *id > 0xffffffff) return Failure(ErrorKind::kInvalidArgument, "{} {} is no number", what, text);
  return static_cast<uint32_t>(*id);
}

Result<void> set_user(const std::string& text, oci::User& user) {
  if (text.empty()) return {};
  const auto parts = split(text, ':');
  user.uid = TRY(parse_id(parts[0], "user"));
  if (parts.size() > 1) user.gid = TRY(parse_id(parts[1], "group"));
  return {};
}

void add_capabilities(const std::vector<std::string>& names, oci::Process& process) {
  if (names.empty()) return;
  if (!process.capabilities) process.capabilities.emplace();
  auto& sets = *process.capabilities;
  for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted})
    set->insert(set->end(), names.begin(), names.end());
  // As runc: what is inheritable may be ambient too, so that an ordinary user gets it.
  for (const auto& name : names) {
    if (std::find(sets.inheritable.begin(), sets.inheritable.end(), name) != sets.inheritable.end()) {
      sets.ambient.push_back(name);
    }
  }
}

Result<oci::Process> process_of(const Flags& flags, const oci::RuntimeSpec& spec, std::vector<std::string> command) {
  if (flags.has("process")) {
    const std::string text = TRY(os::read_file(flags.text("process")));
    return oci::Process::parse(text).context(flags.text("process"));
  }
  oci::Process process = spec.process.value_or(oci::Process{});
  process.args = std::move(command);
  process.terminal = flags.has("tty");
  process.console_size.reset();
  process.cwd = flags.text("cwd", process.cwd);
  for (const auto& variable : flags.list("env")) process.env.push_back(variable);
  TRY(set_user(flags.text("user"), process.user));
  for (const auto& group : flags.list("additional-gids")) {
    process.user.additional_gids.push_back(TRY(parse_id(group, "group")));
  }
  process.apparmor_profile = flags.text("apparmor", process.apparmor_profile);
  process.selinux_label = flags.text("process-label", process.selinux_label);
  if (flags.has("no-new-privs")) process.no_new_privileges = true;
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

}  // namespace

Result<int> exec_command(const Invocation& invocation) {
  TRY(os::guard_own_program());
  const auto flags = TRY(Flags::parse(invocation.words, exec_flags()));
  if (flags.rest().empty()) return Failure(ErrorKind::kInvalidArgument, "a container id is needed");
  const auto record = TRY(invocation.records.load(flags.rest().front()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  TRY(check_status(invocation.records.status(record), flags));
  if (flags.has("cgroup")) return Failure(ErrorKind::kUnsupported, "exec --cgroup is not supported by this runtime");
  const auto preserved = parse_unsigned(flags.text("preserve-fds", "0"));
  if (!preserved) return Failure(ErrorKind::kInvalidArgument, "--preserve-fds is no number");

  auto process = TRY(process_of(flags, spec, {flags.rest().begin() + 1, flags.rest().end()}));
  runtime::ExecOptions options{.spec = spec, .container_pid = record.pid, .process = std::move(process)};
  options.cgroup = TRY(cgroup_of(record));
  options.passed = preserved_descriptors(static_cast<unsigned>(*preserved));
  options.seccomp_cache = invocation.records.seccomp_cache();
  const auto executed = TRY(runtime::exec(options));
  const std::string console_socket = flags.text("console-socket");
  if (!console_socket.empty() && executed.console.valid()) TRY(hand_over_console(executed.console, console_socket));
  if (flags.has("pid-file")) TRY(write_pid_file(flags.text("pid-file"), executed.pid));
  if (flags.has("detach")) return 0;
  const bool own_console = console_socket.empty();
  return stay_in_foreground(executed.pid, executed.pidfd, own_console ? BorrowedFd(executed.console) : BorrowedFd(-1));
}

}  // namespace tare::cmd
