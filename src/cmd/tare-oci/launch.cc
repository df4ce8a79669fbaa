#include "launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "os/fd_passing.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::cmd {
namespace {

Result<unsigned> parse_count(const std::string& text) {
  const auto count = parse_unsigned(text);
  if (!count || *count > 1000)
    return Failure(ErrorKind::kInvalidArgument, "--preserve-fds: {} is no number of descriptors", text);
  return static_cast<unsigned>(*count);
}

// Docker and systemd pass listening sockets by LISTEN_FDS; they are preserved as with --preserve-fds.
unsigned listen_descriptors() {
  const char* count = ::getenv("LISTEN_FDS");
  return count == nullptr ? 0 : static_cast<unsigned>(parse_unsigned(count).value_or(0));
}

Result<void> check_console(const Launch& launch, const oci::RuntimeSpec& spec, StartBy start) {
  const bool terminal = spec.process && spec.process->terminal;
  if (terminal && launch.console_socket.empty() && start == StartBy::kSocket) {
    return Failure(ErrorKind::kInvalidArgument,
                   "cannot allocate tty if runc will detach without setting console socket");
  }
  if (!terminal && !launch.console_socket.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "cannot use console socket if process.terminal is not set");
  }
  return {};
}

void reap(const runtime::Container& container) {
  (void)os::signal_pidfd(container.pidfd, SIGKILL).ok();
  ::waitpid(container.pid, nullptr, 0);
  (void)runtime::remove(container).ok();
}

Result<void> record(const runtime::Container& container, const Launch& launch, const oci::RuntimeSpec& spec,
                    const Records& records) {
  ContainerRecord entry{launch.id,
                        launch.bundle,
                        container.pid,
                        process_start_time(container.pid),
                        container.cgroup.path(),
                        format_rfc3339_nano(now()),
                        ::geteuid()};
  TRY(records.save(entry, spec));
  if (!launch.pid_file.empty()) TRY(write_pid_file(launch.pid_file, container.pid));
  return {};
}

}  // namespace

std::vector<FlagDefinition> launch_flags() {
  return {{"bundle", "b", true},      {"console-socket", "", true},  {"pid-file", "", true},
          {"preserve-fds", "", true}, {"no-new-keyring", "", false}, {"no-subreaper", "", false},
          {"detach", "d", false},     {"keep", "", false},           {"help", "h", false}};
}

Result<Launch> parse_launch(const Flags& flags) {
  if (flags.rest().size() != 1) return Failure(ErrorKind::kInvalidArgument, "exactly one container id is needed");
  Launch launch;
  launch.id = flags.rest().front();
  launch.bundle = std::filesystem::absolute(flags.text("bundle", ".")).lexically_normal().string();
  if (launch.bundle.size() > 1 && launch.bundle.back() == '/') launch.bundle.pop_back();
  launch.pid_file = flags.text("pid-file");
  launch.console_socket = flags.text("console-socket");
  launch.preserved = TRY(parse_count(flags.text("preserve-fds", "0"))) + listen_descriptors();
  launch.new_keyring = !flags.has("no-new-keyring");
  return launch;
}

Result<oci::RuntimeSpec> read_bundle(const std::string& bundle) {
  const std::string text = TRY(os::read_file(bundle + "/config.json"));
  return oci::RuntimeSpec::parse(text).context(bundle + "/config.json");
}

Result<runtime::Container> launch(const Launch& launch, const oci::RuntimeSpec& spec, const Records& records,
                                  StartBy start) {
  TRY(check_console(launch, spec, start));
  TRY(records.reserve(launch.id));
  ScopeGuard forget([&] { (void)records.remove(launch.id).ok(); });
  std::optional<UniqueFd> start_socket;
  runtime::CreateOptions options{.spec = spec, .id = launch.id, .bundle = launch.bundle};
  options.passed = preserved_descriptors(launch.preserved);
  options.new_keyring = launch.new_keyring;
  options.seccomp_cache = records.seccomp_cache();
  if (start == StartBy::kSocket) {
    start_socket = TRY(os::listen_unix(records.start_socket(launch.id), SOCK_SEQPACKET, 0600));
    options.start_socket = BorrowedFd(*start_socket);
  }
  runtime::Container container = TRY(runtime::create(options));
  ScopeGuard undo([&] { reap(container); });
  if (!launch.console_socket.empty()) TRY(hand_over_console(container.console, launch.console_socket));
  TRY(record(container, launch, spec, records));
  undo.keep();
  forget.keep();
  return container;
}

Result<void> discard(const ContainerRecord& record, const Records& records) {
  const auto spec = records.load_spec(record.id);
  const runtime::Container container{record.id, record.pid, {}, {}, {}, TRY(cgroup_of(record))};
  TRY(runtime::remove(container));
  TRY(records.remove(record.id));
  if (!spec.ok()) return {};
  // The specification: a poststop hook that fails is told, and changes nothing.
  const auto hooks = runtime::run_hooks(runtime::HookPoint::kPoststop, *spec, record.id, record.bundle, 0);
  if (!hooks.ok()) log_warning(hooks.error().text());
  return {};
}

std::vector<BorrowedFd> preserved_descriptors(unsigned count) {
  std::vector<BorrowedFd> result;
  for (unsigned index = 0; index < count; ++index) result.emplace_back(static_cast<int>(3 + index));
  return result;
}

Result<void> hand_over_console(const UniqueFd& console, const std::string& socket_path) {
  const UniqueFd socket = TRY(os::connect_unix(socket_path, SOCK_STREAM).context("--console-socket"));
  const std::string name = "/dev/ptmx";
  return os::send_message(socket, name, BorrowedFd(console));
}

Result<void> write_pid_file(const std::string& path, pid_t pid) {
  return os::write_file_atomic(path, std::to_string(pid)).context("--pid-file");
}

}  // namespace tare::cmd
