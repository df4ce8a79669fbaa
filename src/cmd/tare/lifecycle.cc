#include "cmd/tare/lifecycle.h"

#include <signal.h>

#include <iostream>

#include "base/log.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/session.h"
#include "store/database.h"

namespace tare::cmd {
namespace {

struct StopOptions {
  std::vector<std::string> names;
  int signal = 0;
  std::optional<int> timeout;
};

Result<StopOptions> parse_stop_options(Arguments arguments, const Words& words) {
  StopOptions options;
  std::string signal;
  std::string timeout;
  arguments.text("-s,--signal", signal, "Signal to send first");
  arguments.text("-t,--time,--timeout", timeout, "Seconds to wait before killing; -1: for ever");
  options.names = TRY(arguments.parse(words, {.at_least = 1}));
  if (!signal.empty()) options.signal = TRY(engine::parse_signal(signal));
  if (timeout.empty()) return options;
  const auto seconds = parse_signed(timeout);
  if (!seconds || *seconds < -1 || *seconds > 1'000'000) {
    return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for --time: expected seconds", timeout);
  }
  options.timeout = static_cast<int>(*seconds);
  return options;
}

using Verb = Result<void> (engine::Engine::*)(const engine::Container&);

Result<int> apply_verb(const Words& words, const char* usage, const char* help, Verb verb) {
  Arguments arguments(usage, help);
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  return for_each_name(names, [&](const std::string& name) -> Result<void> {
    const auto container = TRY(engine.find_container(name));
    return (engine.*verb)(container);
  });
}

// Docker's -f: a container that is not there is no failure.
Result<void> remove_one(engine::Engine& engine, const std::string& name, bool force, bool volumes) {
  auto container = engine.find_container(name);
  if (container.ok()) return engine.remove_container(*container, force, volumes);
  if (force && container.error().kind() == ErrorKind::kNotFound) return {};
  return std::move(container).error();
}

}  // namespace

Result<int> stop_command(const Words& words) {
  const auto options = TRY(parse_stop_options(
      Arguments("tare stop [OPTIONS] CONTAINER [CONTAINER...]", "Stop one or more running containers"), words));
  auto engine = TRY(open_engine());
  return for_each_name(options.names, [&](const std::string& name) -> Result<void> {
    const auto container = TRY(engine.find_container(name));
    return engine.stop_container(container, options.signal, options.timeout);
  });
}

Result<int> restart_command(const Words& words) {
  const auto options = TRY(parse_stop_options(
      Arguments("tare restart [OPTIONS] CONTAINER [CONTAINER...]", "Restart one or more containers"), words));
  auto engine = TRY(open_engine());
  return for_each_name(options.names, [&](const std::string& name) -> Result<void> {
    const auto container = TRY(engine.find_container(name));
    TRY(engine.stop_container(container, options.signal, options.timeout));
    TRY(engine.start_container(container.record.id, engine::Attach::kNo));
    return {};
  });
}

Result<int> kill_command(const Words& words) {
  std::string signal = "KILL";
  Arguments arguments("tare kill [OPTIONS] CONTAINER [CONTAINER...]",
                      "Send a signal to one or more running containers");
  arguments.text("-s,--signal", signal, "Signal to send");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  const int number = TRY(engine::parse_signal(signal));
  auto engine = TRY(open_engine());
  return for_each_name(names, [&](const std::string& name) -> Result<void> {
    const auto container = TRY(engine.find_container(name));
    return engine.kill_container(container, number);
  });
}

Result<int> pause_command(const Words& words) {
  return apply_verb(words, "tare pause CONTAINER [CONTAINER...]", "Freeze all processes of one or more containers",
                    &engine::Engine::pause_container);
}

Result<int> unpause_command(const Words& words) {
  return apply_verb(words, "tare unpause CONTAINER [CONTAINER...]", "Thaw one or more paused containers",
                    &engine::Engine::resume_container);
}

Result<int> wait_command(const Words& words) {
  Arguments arguments("tare wait CONTAINER [CONTAINER...]", "Block until containers stop, then print their exit codes");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  int code = 0;
  for (const auto& name : names) {
    const auto container = engine.find_container(name);
    if (!container.ok()) {
      print_error(container.error());
      code = 1;
      continue;
    }
    const auto state = TRY(engine.wait_container(*container));
    std::cout << state.exit_code << std::endl;
  }
  return code;
}

Result<int> rename_command(const Words& words) {
  Arguments arguments("tare rename CONTAINER NEW_NAME", "Rename a container");
  const auto names = TRY(arguments.parse(words, {.at_least = 2, .at_most = 2}));
  auto engine = TRY(open_engine());
  const auto container = TRY(engine.find_container(names[0]));
  TRY(engine.rename_container(container, names[1]));
  return 0;
}

Result<int> remove_command(const Words& words) {
  bool force = false;
  bool volumes = false;
  Arguments arguments("tare rm [OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers");
  arguments.flag("-f,--force", force, "Kill it first when it runs");
  arguments.flag("-v,--volumes", volumes, "Remove its anonymous volumes too");
  arguments.refused("-l,--link");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  return for_each_name(names, [&](const std::string& name) { return remove_one(engine, name, force, volumes); });
}

Result<int> prune_containers_command(const Words& words) {
  bool force = false;
  Arguments arguments("tare container prune [OPTIONS]", "Remove all stopped containers");
  arguments.flag("-f,--force", force, "Do not ask");
  arguments.refused("--filter");
  TRY(arguments.parse(words, {.at_most = 0}));
  if (!force && !confirmed("This will remove all stopped containers.")) return 0;
  auto engine = TRY(open_engine());
  const auto containers = TRY(engine.list_containers());
  for (const auto& container : containers) {
    if (container.running()) continue;
    TRY(engine.remove_container(container, false, false));
    std::cout << container.record.id << std::endl;
  }
  return 0;
}

Result<int> cleanup_command(const Words& words) {
  Arguments arguments("tare container cleanup CONTAINER", "Give back what an ended container held");
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 1}));
  auto engine = TRY(open_engine());
  TRY(engine.cleanup_container(names.front()));
  // The supervisor's last act: nobody waits for it, and the next start finds a short log.
  engine.store().database().trim_log();
  return 0;
}

}  // namespace tare::cmd
