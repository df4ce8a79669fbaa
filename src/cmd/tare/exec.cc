// `exec`: the process is our child, so without a terminal it simply inherits our standard streams.
#include "cmd/tare/exec.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/log.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/relay.h"
#include "cmd/tare/session.h"
#include "os/error.h"
#include "os/file.h"
#include "os/guarded_program.h"
#include "os/process.h"
#include "os/pty.h"
#include "supervise/runtime_program.h"

namespace tare::cmd {
namespace {

struct ExecOptions {
  engine::ExecRequest request;
  std::string container;
  bool detach = false;
  bool interactive = false;
};

Result<ExecOptions> parse_exec_options(const Words& words) {
  ExecOptions options;
  auto& request = options.request;
  Arguments arguments("tare exec [OPTIONS] CONTAINER COMMAND [ARG...]", "Execute a command in a running container");
  std::vector<std::string> env;
  std::vector<std::string> env_files;
  arguments.flag("-d,--detach", options.detach, "Run in the background");
  arguments.flag("-i,--interactive", options.interactive, "Keep standard input open");
  arguments.flag("-t,--tty", request.terminal, "Give the process a terminal");
  arguments.list("-e,--env", env, "Set environment variables");
  arguments.text("-u,--user", request.user, "User or uid, and group or gid: user[:group]");
  arguments.text("-w,--workdir", request.working_dir, "Working directory");
  arguments.flag("--privileged", request.privileged, "All capabilities");
  arguments.refused("--env-file");
  arguments.refused("--detach-keys");
  const auto rest = TRY(arguments.parse(words, {.at_least = 2, .stop_at_first = true}));
  for (const auto& entry : env) {
    if (entry.find('=') != std::string::npos)
      request.env.push_back(entry);
    else if (const char* value = std::getenv(entry.c_str()))
      request.env.push_back(formatted("{}={}", entry, value));
  }
  options.container = rest.front();
  request.command.assign(rest.begin() + 1, rest.end());
  if (request.terminal && options.interactive && ::isatty(STDIN_FILENO) != 1) {
    return Error(ErrorKind::kInvalidArgument, "the input device is not a TTY")
        .with_hint("drop -t, or run in a terminal");
  }
  return options;
}

Result<int> wait_for(const runtime::ExecutedProcess& process) {
  siginfo_t info{};
  const auto waited = os::retry_interrupted(
      [&] { return ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(process.pidfd.get()), &info, WEXITED); });
  if (waited != 0) return os::last_error("wait for", "the executed process");
  if (const auto failure = supervise::find_exec_failure(process)) return Error(*failure, "");
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void resize(const UniqueFd& console) {
  const auto size = read_window_size();
  if (!size) return;
  const auto rows = static_cast<unsigned short>(size->rows);
  (void)os::set_window_size(console, rows, static_cast<unsigned short>(size->columns)).ok();
}

// Reads once and writes all of it; false when the source has ended.
bool pump(int from, int to) {
  std::array<char, 16384> buffer;
  const ssize_t count = os::retry_interrupted([&] { return ::read(from, buffer.data(), buffer.size()); });
  if (count <= 0) return false;
  return os::write_all(BorrowedFd(to), {buffer.data(), static_cast<size_t>(count)}, "terminal").ok();
}

// Between the terminal that the process has and ours, until its last holder has closed it.
Result<int> relay_console(const runtime::ExecutedProcess& process, bool interactive) {
  const RawTerminal raw;
  sigset_t window_changes;
  sigemptyset(&window_changes);
  sigaddset(&window_changes, SIGWINCH);
  ::sigprocmask(SIG_BLOCK, &window_changes, nullptr);
  const UniqueFd signals(::signalfd(-1, &window_changes, SFD_CLOEXEC));
  const int console = process.console.get();
  resize(process.console);
  for (bool open = true; open;) {
    std::array<pollfd, 3> waiting = {
        {{console, POLLIN, 0}, {interactive ? STDIN_FILENO : -1, POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    if (os::retry_interrupted([&] { return ::poll(waiting.data(), waiting.size(), -1); }) < 0) break;
    if (waiting[0].revents != 0) open = pump(console, STDOUT_FILENO);  // EIO: the last process has closed it
    if (waiting[1].revents != 0) interactive = pump(STDIN_FILENO, console);
    if (waiting[2].revents != 0) {
      signalfd_siginfo ignored{};
      if (::read(signals.get(), &ignored, sizeof ignored) > 0) resize(process.console);
    }
  }
  return wait_for(process);
}

Result<int> execute(const Words& words) {
  const auto options = TRY(parse_exec_options(words));
  // Root before anything else, an ordinary user when he has become root of his namespace and may mount.
  if (::geteuid() == 0) TRY(os::guard_own_program());
  auto engine = TRY(open_engine_beside(options.container));
  TRY(os::guard_own_program());
  const auto container = TRY(engine.find_container(options.container));
  const auto null = TRY(os::open("/dev/null", O_RDWR));
  runtime::StandardStreams streams;
  if (!options.interactive || options.detach) streams.input = null;
  if (options.detach) streams.output = streams.error = null;
  const auto process = TRY(engine.exec(container, options.request, streams));
  if (options.detach) return 0;
  return options.request.terminal ? relay_console(process, options.interactive) : wait_for(process);
}

}  // namespace

Result<int> exec_command(const Words& words) {
  const auto code = execute(words);
  if (code.ok()) return *code;
  if (!code.error().text().empty()) print_error(code.error());
  // As Docker: 126 and 127 for the command, 1 for everything else about the container.
  const auto kind = code.error().kind();
  const bool command_failed = kind == ErrorKind::kNoExecutable || kind == ErrorKind::kNotExecutable;
  return exit_code_of(code.error(), command_failed);
}

}  // namespace tare::cmd
