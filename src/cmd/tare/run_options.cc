#include "cmd/tare/run_options.h"

#include "cmd/tare/arguments.h"
#include "cmd/tare/device_options.h"
#include "cmd/tare/life_options.h"
#include "cmd/tare/log_options.h"
#include "cmd/tare/network_options.h"
#include "cmd/tare/option_values.h"
#include "cmd/tare/process_options.h"
#include "cmd/tare/resource_options.h"
#include "cmd/tare/security_options.h"
#include "cmd/tare/storage_options.h"

namespace tare::cmd {
namespace {

// The words of options that need more than copying, one subject each: declared first, read when all are known.
struct RunWords {
  ProcessWords process;
  ResourceWords resources;
  DeviceWords devices;
  NetworkWords network;
  StorageWords storage;
  SecurityWords security;
  LogWords log;
  LifeWords life;
};

void declare_container(Arguments& arguments, RunWords& words, engine::ContainerOptions& options) {
  declare_process(arguments, words.process, options);
  declare_resources(arguments, words.resources, options);
  declare_devices(arguments, words.devices, options);
  declare_network(arguments, words.network, options);
  declare_storage(arguments, words.storage, options);
  declare_security(arguments, words.security, options);
  declare_logging(arguments, words.log, options);
  declare_life(arguments, words.life, options);
}

Result<void> read_container(const RunWords& words, engine::ContainerOptions& options) {
  TRY(read_process(words.process, options));
  TRY(read_resources(words.resources, options));
  TRY(read_devices(words.devices, options));
  TRY(read_network(words.network, options));
  TRY(read_storage(words.storage, options));
  TRY(read_security(words.security, options));
  TRY(read_logging(words.log, options));
  return read_life(words.life, options);
}

void declare_run(Arguments& arguments, RunOptions& run, RunKind kind) {
  arguments.text("--pull", run.pull, "always, missing or never");
  arguments.text("--cidfile", run.cid_file, "Write the container's id to this file");
  arguments.flag("-q,--quiet", run.quiet, "Do not show a pull's progress");
  if (kind == RunKind::kRun) {
    arguments.flag("-d,--detach", run.detach, "Run in the background and print the id");
    arguments.flag("--sig-proxy", run.signal_proxy, "Pass signals on to the container");
  }
  arguments.list("-a,--attach", run.attach, "Attach to stdin, stdout or stderr alone");
  arguments.refused("--detach-keys");
  arguments.refused("--disable-content-trust");
}

// As Docker: -i attaches stdin whatever -a says, and without -a the output is attached.
Result<void> read_attach(RunOptions& run) {
  auto& options = run.container;
  if (run.detach && !run.attach.empty()) {
    return Error(ErrorKind::kInvalidArgument, "conflicting options: cannot specify both --attach and --detach");
  }
  if (run.detach) return {};
  options.attach_stdin = options.open_stdin;
  options.attach_stdout = options.attach_stderr = run.attach.empty();
  for (const auto& word : run.attach) {
    const auto stream = to_lower(word);
    if (stream == "stdin")
      options.attach_stdin = true;
    else if (stream == "stdout")
      options.attach_stdout = true;
    else if (stream == "stderr")
      options.attach_stderr = true;
    else
      return bad_option("--attach", word, "valid streams are STDIN, STDOUT and STDERR");
  }
  return {};
}

Result<void> read_run(const std::vector<std::string>& words, RunOptions& run) {
  auto& options = run.container;
  options.image = words.front();
  options.command.assign(words.begin() + 1, words.end());
  TRY(read_attach(run));
  if (run.pull != "always" && run.pull != "missing" && run.pull != "never") {
    return bad_option("--pull", run.pull, "expected always, missing or never");
  }
  return {};
}

}  // namespace

Result<RunOptions> parse_run_options(const Words& words, RunKind kind) {
  RunOptions run;
  RunWords raw;
  const auto* verb = kind == RunKind::kRun ? "run" : "create";
  Arguments arguments(
      formatted("tare {} [OPTIONS] IMAGE [COMMAND] [ARG...]", verb),
      kind == RunKind::kRun ? "Create and run a new container from an image" : "Create a new container");
  declare_container(arguments, raw, run.container);
  declare_run(arguments, run, kind);
  const auto rest = TRY(arguments.parse(words, {.at_least = 1, .stop_at_first = true}));
  TRY(read_run(rest, run));
  TRY(read_container(raw, run.container));
  return run;
}

}  // namespace tare::cmd
