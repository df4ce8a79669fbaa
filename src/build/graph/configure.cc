#include "build/graph/configure.h"

#include <signal.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "build/context/ignore.h"

namespace tare::build {
namespace {

constexpr std::string_view kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

class Configure {
 public:
  Configure(StageState& state, const Instruction& instruction, const ConfigureOptions& options)
      : state_(state), config_(state.config.config), instruction_(instruction), options_(options) {}

  Result<void> apply() {
    switch (instruction_.kind) {
      case InstructionKind::kArg:
        return arg();
      case InstructionKind::kEnv:
        return env();
      case InstructionKind::kLabel:
        return label();
      case InstructionKind::kExpose:
        return expose();
      case InstructionKind::kVolume:
        return volume();
      case InstructionKind::kUser:
        return user();
      case InstructionKind::kStopSignal:
        return stop_signal();
      case InstructionKind::kHealthcheck:
        return healthcheck();
      case InstructionKind::kOnBuild:
        return on_build();
      case InstructionKind::kCmd:
        return cmd();
      case InstructionKind::kEntrypoint:
        return entrypoint();
      case InstructionKind::kShell:
        return shell();
      case InstructionKind::kMaintainer:
        state_.config.author = instruction_.rest;
        return {};
      default:
        return Failure(ErrorKind::kInternal, "{} makes a layer", to_string(instruction_.kind));
    }
  }

 private:
  Result<std::string> expand(std::string_view word) const {
    return expand_word(word, state_.scope.lookup(config_.env), options_.escape);
  }

  Result<std::vector<NameValue>> expand_pairs() const {
    std::vector<NameValue> pairs;
    // All values of one line see the variables as they were before it.
    for (const auto& [name, value] : instruction_.pairs) {
      auto expanded_name = TRY(expand(name));
      auto expanded_value = TRY(expand(value));
      pairs.emplace_back(std::move(expanded_name), std::move(expanded_value));
    }
    return pairs;
  }

  Result<void> arg() {
    for (const auto& word : instruction_.words) {
      const auto parts = cut(word, '=');
      const auto name = std::string(parts ? parts->first : word);
      if (name.empty()) return Error(ErrorKind::kInvalidArgument, "ARG names can not be blank");
      std::optional<std::string> value;
      if (parts) value = TRY(expand(parts->second));
      state_.scope.declare(name, value, options_.global);
    }
    return {};
  }

  Result<void> env() {
    const auto pairs = TRY(expand_pairs());
    for (const auto& [name, value] : pairs) set_variable(config_.env, name, value);
    return {};
  }

  Result<void> label() {
    const auto pairs = TRY(expand_pairs());
    for (const auto& [name, value] : pairs) config_.labels[name] = value;
    return {};
  }

  static Result<unsigned> port_number(std::string_view text, const std::string& whole) {
    const auto number = parse_unsigned(text);
    if (number && *number <= 65535) return static_cast<unsigned>(*number);
    return Failure(ErrorKind::kInvalidArgument, "invalid containerPort: {}", whole);
  }

  // "80", "80/udp", "8000-8010".
  Result<void> expose_port(const std::string& word) {
    const auto parts = cut(word, '/');
    const auto protocol = parts ? to_lower(parts->second) : "tcp";
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
      return Failure(ErrorKind::kInvalidArgument, "invalid proto: {}", protocol);
    }
    const auto ports = parts ? parts->first : std::string_view(word);
    const auto range = cut(ports, '-');
    const unsigned first = TRY(port_number(range ? range->first : ports, word));
    const unsigned last = range ? TRY(port_number(range->second, word)) : first;
    if (last < first) return Failure(ErrorKind::kInvalidArgument, "invalid range of ports: {}", word);
    for (unsigned port = first; port <= last; ++port) config_.exposed_ports.insert(formatted("{}/{}", port, protocol));
    return {};
  }

  Result<void> expose() {
    const auto words =
        TRY(expand_words(join(instruction_.words, " "), state_.scope.lookup(config_.env), options_.escape));
    for (const auto& word : words) TRY(expose_port(word));
    return {};
  }

  Result<void> volume() {
    for (const auto& word : instruction_.words) {
      auto path = TRY(expand(word));
      if (path.empty()) return Error(ErrorKind::kInvalidArgument, "VOLUME specified can not be an empty string");
      config_.volumes.insert(std::move(path));
    }
    return {};
  }

  Result<void> user() {
    config_.user = TRY(expand(instruction_.words[0]));
    return {};
  }

  Result<void> stop_signal() {
    auto signal = TRY(expand(instruction_.words[0]));
    const auto number = parse_unsigned(signal);
    const bool is_name = signal.starts_with("SIG") && signal.size() > 4;
    if (!is_name && (!number || *number == 0 || *number > static_cast<unsigned>(SIGRTMAX))) {
      return Failure(ErrorKind::kInvalidArgument, "invalid signal: {}", signal).with_hint("for example SIGTERM, or 15");
    }
    config_.stop_signal = std::move(signal);
    return {};
  }

  Result<int64_t> duration(std::string_view name) const {
    const auto text = instruction_.flag(name);
    if (!text) return int64_t{0};
    const auto value = parse_duration(*text);
    if (!value || value->count() < 0 || (value->count() != 0 && value->count() < 1'000'000)) {
      return Failure(ErrorKind::kInvalidArgument, "HEALTHCHECK --{}={}: not a duration of at least 1ms", name, *text);
    }
    return value->count();
  }

  Result<void> healthcheck() {
    oci::Healthcheck check;
    const auto& words = instruction_.words;
    if (words[0] == "NONE") {
      if (words.size() > 1) return Error(ErrorKind::kInvalidArgument, "HEALTHCHECK NONE takes no arguments");
      check.test = {"NONE"};
    } else if (words[0] == "CMD") {
      if (words.size() < 2) return Error(ErrorKind::kInvalidArgument, "missing command after HEALTHCHECK CMD");
      check.test = words;
      if (!instruction_.exec_form) check.test[0] = "CMD-SHELL";
    } else {
      return Failure(ErrorKind::kInvalidArgument, "unknown type \"{}\" in HEALTHCHECK (try CMD)", words[0]);
    }
    if (instruction_.flag("start-interval")) {
      return Error(ErrorKind::kUnsupported, "HEALTHCHECK --start-interval is not supported");
    }
    check.interval = TRY(duration("interval"));
    check.timeout = TRY(duration("timeout"));
    check.start_period = TRY(duration("start-period"));
    if (const auto retries = instruction_.flag("retries")) {
      const auto number = parse_unsigned(*retries);
      if (!number) return Failure(ErrorKind::kInvalidArgument, "HEALTHCHECK --retries={}: not a number", *retries);
      check.retries = static_cast<int64_t>(*number);
    }
    config_.healthcheck = std::move(check);
    return {};
  }

  Result<void> on_build() {
    const auto trigger = TRY(parse_instruction({instruction_.line, instruction_.rest, {}}, options_.escape));
    if (trigger.kind == InstructionKind::kOnBuild || trigger.kind == InstructionKind::kFrom ||
        trigger.kind == InstructionKind::kMaintainer) {
      return Failure(ErrorKind::kInvalidArgument, "{} isn't allowed as an ONBUILD trigger", to_string(trigger.kind));
    }
    if (!instruction_.heredocs.empty()) {
      return Error(ErrorKind::kUnsupported, "ONBUILD with a heredoc is not supported");
    }
    config_.on_build.push_back(instruction_.rest);
    return {};
  }

  Result<void> cmd() {
    config_.cmd = command_of(instruction_, config_);
    state_.cmd_was_set = true;
    return {};
  }

  Result<void> entrypoint() {
    config_.entrypoint = command_of(instruction_, config_);
    if (!state_.cmd_was_set) config_.cmd.reset();
    return {};
  }

  Result<void> shell() {
    if (instruction_.words.empty()) return Error(ErrorKind::kInvalidArgument, "SHELL requires at least one argument");
    config_.shell = instruction_.words;
    return {};
  }

  StageState& state_;
  oci::ProcessDefaults& config_;
  const Instruction& instruction_;
  const ConfigureOptions& options_;
};

}  // namespace

StageState scratch_state(const oci::Platform& platform) {
  StageState state;
  state.config.platform = platform;
  state.config.config.env = {std::string(kDefaultPath)};
  state.config.config.working_dir = "/";
  return state;
}

bool makes_layer(InstructionKind kind) {
  return kind == InstructionKind::kRun || kind == InstructionKind::kCopy || kind == InstructionKind::kAdd ||
         kind == InstructionKind::kWorkdir;
}

Result<void> configure(StageState& state, const Instruction& instruction, const ConfigureOptions& options) {
  TRY(Configure(state, instruction, options).apply());
  state.config.history.push_back({.created = options.created,
                                  .created_by = instruction.text,
                                  .comment = "buildkit.dockerfile.v0",
                                  .empty_layer = true});
  return {};
}

std::vector<std::string> command_of(const Instruction& instruction, const oci::ProcessDefaults& config) {
  if (instruction.exec_form || instruction.words.empty()) return instruction.words;
  auto command = config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
  command.push_back(instruction.words[0]);
  return command;
}

std::string resolve_workdir(const std::string& current, const std::string& path) {
  return clean_path(path.starts_with('/') ? path : formatted("/{}/{}", current, path));
}

}  // namespace tare::build
