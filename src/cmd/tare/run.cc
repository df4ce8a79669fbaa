// `run`, `create`, `start` and `attach`: the commands that end with a container's exit code.
#include "cmd/tare/run.h"

#include <unistd.h>

#include <iostream>

#include "base/log.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/relay.h"
#include "cmd/tare/run_options.h"
#include "cmd/tare/session.h"
#include "oci/reference.h"
#include "os/file.h"
#include "os/paths.h"
#include "os/process.h"
#include "os/user_namespace.h"

namespace tare::cmd {
namespace {

// Its output goes to standard error: ours is the container's.
Result<void> pull_image(const RunOptions& run) {
  std::vector<std::string> words = {TRY(os::find_own_program("tare-image")), "pull"};
  if (run.quiet) words.emplace_back("--quiet");
  words.push_back(run.container.image);
  const auto child = TRY(os::spawn({.arguments = words, .descriptors = {{BorrowedFd(STDERR_FILENO), STDOUT_FILENO}}}));
  const auto status = TRY(os::wait(child));
  if (status.shell_code() == 0) return {};
  return Failure(ErrorKind::kNotFound, "image {} could not be pulled", run.container.image);
}

Result<store::Image> pull_and_find(engine::Engine& engine, const RunOptions& run) {
  TRY(pull_image(run));
  return engine.store().find_image(run.container.image);
}

Result<store::Image> ensure_image(engine::Engine& engine, const RunOptions& run) {
  if (run.pull == "always") return pull_and_find(engine, run);
  auto found = engine.store().find_image(run.container.image);
  if (found.ok() || found.error().kind() != ErrorKind::kNotFound) return found;
  const auto reference = TRY(oci::ImageReference::parse(run.container.image));
  if (run.pull == "never") {
    return Failure(ErrorKind::kNotFound, "No such image: {}", reference.familiar())
        .with_hint("pull it, build it, or drop --pull never");
  }
  if (!run.quiet) std::cerr << formatted("Unable to find image '{}' locally\n", reference.familiar());
  return pull_and_find(engine, run);
}

Result<engine::Container> create(engine::Engine& engine, const RunOptions& run) {
  TRY(engine::check_options(run.container));
  if (!run.cid_file.empty() && os::exists(run.cid_file)) {
    return Failure(ErrorKind::kAlreadyExists,
                   "container ID file found, make sure the other container isn't running or delete {}", run.cid_file);
  }
  const auto image = TRY(ensure_image(engine, run));
  auto container = TRY(engine.create_container(run.container, &image));
  if (!run.cid_file.empty()) TRY(os::write_file_atomic(run.cid_file, container.record.id));
  return container;
}

// The exit code of a container that was attached to; when the supervisor went away, its record tells.
Result<int> follow(engine::Engine& engine, const engine::Container& container, const supervise::Attachment& attachment,
                   const RelayOptions& options) {
  const auto ended = TRY(relay(attachment, options));
  // 137 alone does not say who killed, and why.
  if (ended && ended->oom_killed) log_warning(ended->oom);
  if (ended) return ended->exit_code;
  const auto& id = container.record.id;
  const auto state = TRY(supervise::read_state(engine.paths().containers() + "/" + id, options.run_directory));
  if (state.status != supervise::Status::kExited) return 0;  // detached
  if (!state.error.empty()) log_warning(state.error);
  return state.exit_code;
}

RelayOptions relay_options(const engine::Engine& engine, const engine::Container& container, bool with_stdin) {
  return {.with_stdin = with_stdin,
          .terminal = container.record.options.terminal,
          .run_directory = engine.paths().run_containers() + "/" + container.record.id};
}

Result<void> check_terminal(const engine::ContainerOptions& options) {
  if (!options.terminal || !options.attach_stdin || ::isatty(STDIN_FILENO) == 1) return {};
  return Error(ErrorKind::kInvalidArgument, "the input device is not a TTY").with_hint("drop -t, or run in a terminal");
}

// As Docker: with --rm nothing is left of a container that could not start.
Error start_failed(engine::Engine& engine, const engine::Container& container, Error error) {
  if (container.record.options.auto_remove) (void)engine.remove_container(container, true, true).ok();
  return error;
}

Result<int> run_attached(engine::Engine& engine, const engine::Container& container, const RunOptions& run,
                         engine::EarlyStart early) {
  auto started = engine.start_container(container.record.id, engine::Attach::kOutput, std::move(early));
  if (!started.ok()) return start_failed(engine, container, std::move(started).error());
  const auto& wanted = run.container;
  auto options = relay_options(engine, container, wanted.open_stdin && wanted.attach_stdin);
  options.signal_proxy = run.signal_proxy;
  options.with_stdout = wanted.attach_stdout;
  options.with_stderr = wanted.attach_stderr;
  // As Docker: who feeds the container without seeing its output is told its id, and does not wait for its end.
  const bool blind = !options.with_stdout && !options.with_stderr;
  if (blind) std::cout << container.record.id << std::endl;
  const int code = TRY(follow(engine, container, *started->attachment, options));
  // The supervisor cleans up too, a moment later; but the name must be free when we return.
  if (container.record.options.auto_remove)
    TRY(engine.release_container(container));
  else
    TRY(engine.cleanup_container(container.record.id));
  return blind ? 0 : code;
}

Result<int> run_detached(engine::Engine& engine, const engine::Container& container, engine::EarlyStart early) {
  auto started = engine.start_container(container.record.id, engine::Attach::kNo, std::move(early));
  if (!started.ok()) return start_failed(engine, container, std::move(started).error());
  std::cout << container.record.id << std::endl;
  return 0;
}

Result<int> run_container(const Words& words) {
  const auto run = TRY(parse_run_options(words, RunKind::kRun));
  TRY(check_terminal(run.container));
  TRY(os::become_root_in_user_namespace());  // first, for the supervisor too
  const auto paths = TRY(os::find_paths());
  auto early = TRY(engine::EarlyStart::begin(paths, run.container));
  auto engine = TRY(open_engine());
  const auto container = TRY(create(engine, run));
  return run.detach ? run_detached(engine, container, std::move(early))
                    : run_attached(engine, container, run, std::move(early));
}

Result<int> create_container(const Words& words) {
  const auto run = TRY(parse_run_options(words, RunKind::kCreate));
  auto engine = TRY(open_engine());
  const auto container = TRY(create(engine, run));
  std::cout << container.record.id << std::endl;
  return 0;
}

Result<int> start_attached(engine::Engine& engine, const std::string& name, bool interactive) {
  const auto container = TRY(engine.find_container(name));
  const auto started = TRY(engine.start_container(container.record.id, engine::Attach::kOutput));
  const int code = TRY(follow(engine, container, *started.attachment, relay_options(engine, container, interactive)));
  TRY(engine.cleanup_container(container.record.id));
  return code;
}

Result<int> start_containers(const Words& words) {
  bool attach = false;
  bool interactive = false;
  Arguments arguments("tare start [OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers");
  arguments.flag("-a,--attach", attach, "Attach to its output, and pass signals on");
  arguments.flag("-i,--interactive", interactive, "Attach to its input");
  arguments.refused("--detach-keys");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  if (attach || interactive) {
    if (names.size() > 1) return Error(ErrorKind::kInvalidArgument, "only one container can be started attached");
    return start_attached(engine, names.front(), interactive);
  }
  return for_each_name(names, [&](const std::string& name) -> Result<void> {
    const auto container = TRY(engine.find_container(name));
    if (container.running()) return {};  // as Docker
    TRY(engine.start_container(container.record.id, engine::Attach::kNo));
    return {};
  });
}

Result<int> attach_container(const Words& words) {
  bool no_stdin = false;
  bool proxy = true;
  Arguments arguments("tare attach [OPTIONS] CONTAINER", "Attach to a running container");
  arguments.flag("--no-stdin", no_stdin, "Do not attach standard input");
  arguments.flag("--sig-proxy", proxy, "Pass signals on to the container");
  arguments.refused("--detach-keys");
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 1}));
  auto engine = TRY(open_engine());
  const auto container = TRY(engine.find_container(names.front()));
  if (!container.running()) {
    return Failure(ErrorKind::kConflict, "You cannot attach to a stopped container, start it first: {}",
                   container.name);
  }
  auto options = relay_options(engine, container, container.record.options.open_stdin && !no_stdin);
  options.signal_proxy = proxy;
  auto client = TRY(supervise::Client::connect(options.run_directory));
  const auto attachment = TRY(client.attach(options.with_stdin));
  return follow(engine, container, attachment, options);
}

// Failures of these commands are 125, 126 or 127, so that they are not mistaken for the container's own exit code.
Result<int> with_run_codes(const Result<int>& code) {
  if (code.ok()) return *code;
  if (!code.error().text().empty()) print_error(code.error());
  return exit_code_of(code.error(), true);
}

}  // namespace

Result<int> run_command(const Words& words) { return with_run_codes(run_container(words)); }
Result<int> create_command(const Words& words) { return with_run_codes(create_container(words)); }
Result<int> start_command(const Words& words) { return start_containers(words); }
Result<int> attach_command(const Words& words) { return attach_container(words); }

}  // namespace tare::cmd
