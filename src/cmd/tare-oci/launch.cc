#include "launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::cmd {
namespace {

// systemd passes listening sockets as 3 and on; they go through to the container when they are meant for us.
unsigned listen_descriptors() {
  const char* count = ::getenv("LISTEN_FDS");
  const char* pid = ::getenv("LISTEN_PID");
  if (count == nullptr || pid == nullptr || parse_signed(pid).value_or(0) != ::getpid()) return 0;
  return static_cast<unsigned>(parse_unsigned(count).value_or(0));
}

// A scope of systemd in which the container is to be born, and the specification that says so.
struct ScopedSpec {
  SystemdScope scope;
  oci::RuntimeSpec spec;
  oci::Resources late;  // limits that hold from when the scope is released
};

Result<ScopedSpec> start_scope(const oci::RuntimeSpec& spec, const std::string& id) {
  oci::RuntimeSpec changed = spec;
  auto late = take_late_limits(changed.linux_section.resources);
  auto scope = TRY(SystemdScope::start(spec, id));
  changed.linux_section.cgroups_path = scope.cgroup_path();
  return ScopedSpec{std::move(scope), std::move(changed), std::move(late)};
}

// The kernel lets a user put processes only from one group to another of what is delegated to him, which his session is
// not part of.
Error hint_at_delegation(Error error) {
  if (error.errno_value() != EACCES || !error.hint().empty()) return error;
  return std::move(error).with_hint("start it inside the user's systemd: systemd-run --user --scope tare-oci …");
}

Result<void> release(ScopedSpec& scoped, const runtime::Container& container) {
  TRY(scoped.scope.release(scoped.late));
  return runtime::update(container.cgroup, scoped.late);
}

// The specification for the process: with the variables of socket activation, which are not for those that exec starts.
std::optional<oci::RuntimeSpec> with_listeners(const oci::RuntimeSpec& spec, unsigned listeners) {
  if (listeners == 0 || !spec.process) return std::nullopt;
  oci::RuntimeSpec changed = spec;
  changed.process->env.push_back(formatted("LISTEN_FDS={}", listeners));
  changed.process->env.emplace_back("LISTEN_PID=1");
  return changed;
}

}  // namespace

void reap(const runtime::Container& container) {
  (void)os::signal_pidfd(container.pidfd, SIGKILL).ok();
  ::waitpid(container.pid, nullptr, 0);
  (void)runtime::remove(container).ok();
}

Result<void> record_container(const runtime::Container& container, const Launch& launch, const oci::RuntimeSpec& spec,
                              const ScopeUnit& scope, const Records& records) {
  ContainerRecord entry{launch.id,
                        launch.bundle,
                        container.pid,
                        process_start_time(container.pid),
                        container.cgroup.path(),
                        format_rfc3339_nano(now()),
                        ::geteuid(),
                        scope,
                        container.resctrl_groups};
  TRY(records.save(entry, spec));
  if (!launch.pid_file.empty()) TRY(write_pid_file(launch.pid_file, container.pid));
  return {};
}

std::vector<FlagDefinition> launch_flags() {
  return {{"bundle", "b", FlagValue::kText, "directory of the bundle (default: the current one)"},
          {"console-socket", "", FlagValue::kText, "unix socket that gets the terminal's master side"},
          {"pidfd-socket", "", FlagValue::kText, "unix socket that gets a pidfd of the container's process"},
          {"pid-file", "", FlagValue::kText, "file to write the process id to"},
          {"no-pivot", "", FlagValue::kNone, "move the root mount instead of pivot_root: for a root on a ramdisk"},
          {"no-new-keyring", "", FlagValue::kNone, "keep the caller's session keyring"},
          {"preserve-fds", "", FlagValue::kText, "pass this many descriptors after 0, 1, 2 and those of LISTEN_FDS"}};
}

Result<Launch> parse_launch(const Flags& flags, Attachment attachment) {
  Launch launch;
  launch.id = flags.rest().front();
  launch.bundle = std::filesystem::absolute(flags.text("bundle", ".")).lexically_normal().string();
  if (launch.bundle.size() > 1 && launch.bundle.back() == '/') launch.bundle.pop_back();
  launch.pid_file = flags.text("pid-file");
  launch.console_socket = flags.text("console-socket");
  launch.pidfd_socket = flags.text("pidfd-socket");
  launch.attachment = attachment;
  launch.listeners = listen_descriptors();
  launch.preserved = TRY(parse_preserved(flags));
  launch.pivot = !flags.has("no-pivot");
  launch.new_keyring = !flags.has("no-new-keyring");
  return launch;
}

Result<oci::RuntimeSpec> read_bundle(const std::string& bundle) {
  const std::string path = bundle + "/config.json";
  auto text = os::read_file(path);
  if (!text.ok() && text.error().kind() == ErrorKind::kNotFound) {
    return Failure(ErrorKind::kNotFound, "JSON specification file config.json not found in {}", bundle);
  }
  const std::string json = TRY(std::move(text));
  return oci::RuntimeSpec::parse(json).context(path);
}

Result<void> check_console(bool terminal, Attachment attachment, const std::string& console_socket) {
  const bool detached = attachment == Attachment::kDetached;
  if (detached && terminal && console_socket.empty()) {
    return Failure(ErrorKind::kInvalidArgument,
                   "cannot allocate tty if runc will detach without setting console socket");
  }
  if ((!detached || !terminal) && !console_socket.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "cannot use console socket if runc will not detach or allocate tty");
  }
  return {};
}

Result<runtime::Container> launch(const Launch& launch, const oci::RuntimeSpec& spec, const Records& records,
                                  StartBy start) {
  TRY(check_console(spec.process && spec.process->terminal, launch.attachment, launch.console_socket));
  auto passed = TRY(preserved_descriptors(launch.listeners, launch.preserved));
  TRY(records.reserve(launch.id));
  ScopeGuard forget([&] { (void)records.remove(launch.id).ok(); });
  std::optional<UniqueFd> start_socket;
  const auto changed = with_listeners(spec, launch.listeners);
  const oci::RuntimeSpec& wanted = changed ? *changed : spec;
  std::optional<ScopedSpec> scoped;
  if (launch.systemd_cgroup) scoped.emplace(TRY(start_scope(wanted, launch.id)));
  runtime::CreateOptions options{.spec = scoped ? scoped->spec : wanted, .id = launch.id, .bundle = launch.bundle};
  options.cgroup_is_managed = scoped.has_value();
  options.passed = std::move(passed);
  options.pivot = launch.pivot;
  options.new_keyring = launch.new_keyring;
  options.seccomp_cache = records.seccomp_cache();
  if (start == StartBy::kSocket) {
    start_socket = TRY(os::listen_unix(records.start_socket(launch.id), SOCK_SEQPACKET, 0600));
    options.start_socket = BorrowedFd(*start_socket);
  }
  auto created = runtime::create(options);
  if (!created.ok() && scoped && scoped->scope.unit().user) return hint_at_delegation(std::move(created).error());
  runtime::Container container = TRY(std::move(created));
  ScopeGuard undo([&] { reap(container); });
  if (scoped) TRY(release(*scoped, container));
  if (!launch.console_socket.empty()) TRY(hand_over_console(container.console, launch.console_socket));
  if (!launch.pidfd_socket.empty()) TRY(hand_over_pidfd(container.pidfd, launch.pidfd_socket, "standard"));
  TRY(record_container(container, launch, spec, scoped ? scoped->scope.unit() : ScopeUnit(), records));
  undo.keep();
  forget.keep();
  return container;
}

Result<void> discard(const ContainerRecord& record, const Records& records) {
  const auto spec = records.load_spec(record.id);
  const runtime::Container container{record.id, record.pid, {}, {}, {}, TRY(cgroup_of(record)), record.resctrl_groups};
  if (!record.scope.name.empty()) {
    TRY(container.cgroup.signal_all(SIGKILL));
    // A user's systemd that is gone has taken its scopes along; the record must not outlive them for that.
    const auto stopped = stop_scope(record.scope);
    if (!stopped.ok()) log_warning(stopped.error().text());
  }
  TRY(runtime::remove(container));
  TRY(records.remove(record.id));
  if (!spec.ok()) return {};
  // The specification: a poststop hook that fails is told, and changes nothing.
  const auto hooks = runtime::run_hooks(runtime::HookPoint::kPoststop, *spec, record.id, record.bundle, 0);
  if (!hooks.ok()) log_warning(hooks.error().text());
  return {};
}

Result<unsigned> parse_preserved(const Flags& flags) {
  constexpr int64_t kMost = 1000;
  const int64_t count = TRY(flags.number("preserve-fds"));
  if (count >= 0 && count <= kMost) return static_cast<unsigned>(count);
  return Failure(ErrorKind::kInvalidArgument, "--preserve-fds {}: more than 0 and up to {} can be passed", count,
                 kMost);
}

Result<std::vector<BorrowedFd>> preserved_descriptors(unsigned listeners, unsigned count) {
  constexpr unsigned kFirst = 3;
  std::vector<BorrowedFd> result;
  for (unsigned index = 0; index < listeners + count; ++index) {
    const BorrowedFd fd(static_cast<int>(kFirst + index));
    if (index >= listeners && ::fcntl(fd.get(), F_GETFD) < 0) {
      return Failure(ErrorKind::kInvalidArgument, "unable to stat preserved-fd {} (of {}): descriptor {} is not open",
                     index - listeners, count, fd.get());
    }
    result.push_back(fd);
  }
  return result;
}

Result<void> hand_over_console(const UniqueFd& console, const std::string& socket_path) {
  const UniqueFd socket = TRY(os::connect_unix(socket_path, SOCK_STREAM).context("--console-socket"));
  const std::string name = "/dev/ptmx";
  return os::send_message(socket, name, BorrowedFd(console));
}

Result<void> hand_over_pidfd(const UniqueFd& pidfd, const std::string& socket_path, const std::string& name) {
  const UniqueFd socket = TRY(os::connect_unix(socket_path, SOCK_STREAM).context("--pidfd-socket"));
  return os::send_message(socket, name, BorrowedFd(pidfd));
}

Result<void> write_pid_file(const std::string& path, pid_t pid) {
  return os::write_file_atomic(path, std::to_string(pid)).context("--pid-file");
}

}  // namespace tare::cmd
