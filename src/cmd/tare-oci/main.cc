// tare-oci: the OCI runtime with the command line of runc, for containerd, CRI-O, Podman, Docker and people.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/log.h"
#include "commands.h"
#include "flags.h"
#include "help.h"
#include "run_log.h"
#include "version.h"

namespace tare::cmd {
namespace {

std::vector<Command> all_commands() {
  return {checkpoint_command(), create_command(), delete_command(), events_command(), exec_command(),
          features_command(),   kill_command(),   list_command(),   pause_command(),  ps_command(),
          restore_command(),    resume_command(), run_command(),    spec_command(),   start_command(),
          state_command(),      update_command()};
}

const FlagDefinition kHelp = {"help", "h", FlagValue::kNone, ""};

const std::vector<FlagDefinition>& global_flags() {
  static const std::vector<FlagDefinition> kFlags = {
      {"debug", "", FlagValue::kNone, "write debug entries to the log"},
      {"log", "", FlagValue::kText, "file to write the log to (default: standard error)"},
      {"log-format", "", FlagValue::kText, "format of the log: 'text' (default) or 'json'"},
      {"root", "", FlagValue::kText, "directory of the containers' state (default: /run/tare-oci)"},
      {"criu", "", FlagValue::kText, ""},
      {"systemd-cgroup", "", FlagValue::kNone, "have systemd manage cgroups: cgroupsPath is \"slice:prefix:name\""},
      {"rootless", "", FlagValue::kText,
       "'true', 'false' or 'auto', as runc takes it: what this user may not do is found out anyway"},
      {"version", "v", FlagValue::kNone, "print the version"},
      kHelp};
  return kFlags;
}

std::string default_root() {
  const char* directory = ::getenv("XDG_RUNTIME_DIR");
  return ::geteuid() == 0 || directory == nullptr ? "/run/tare-oci" : std::string(directory) + "/tare-oci";
}

Result<std::string> root_directory(const Flags& flags) {
  if (flags.list("root").empty()) return default_root();
  auto root = std::filesystem::absolute(flags.text("root")).lexically_normal().string();
  if (root.size() > 1 && root.back() == '/') root.pop_back();
  if (root == "/") return Failure(ErrorKind::kInvalidArgument, "Option --root argument should not be set to /");
  return root;
}

Result<void> check_global_flags(const Flags& flags) {
  if (!flags.list("criu").empty()) log_warning("--criu is ignored, as runc does since 1.2");
  const std::string rootless = to_lower(flags.text("rootless", "auto"));
  for (const char* known : {"", "auto", "true", "false", "1", "0", "t", "f"}) {
    if (rootless == known) return {};
  }
  return Failure(ErrorKind::kInvalidArgument, "--rootless {}: only true, false and auto are known", rootless);
}

const Command* find_command(const std::vector<Command>& commands, const std::string& name) {
  const auto found =
      std::find_if(commands.begin(), commands.end(), [&](const auto& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

bool asks_for_help(const std::vector<std::string>& words, size_t position) {
  return words.size() > position && (words[position] == "-h" || words[position] == "--help");
}

Error no_help_topic(const std::string& name) {
  return Failure(ErrorKind::kUnsupported, "No help topic for '{}': there is no such command", name);
}

Result<int> show_help(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  if (words.size() < 2) {
    std::fputs(program_help(commands, global_flags()).c_str(), stdout);
    return 0;
  }
  const Command* command = find_command(commands, words[1]);
  if (command == nullptr) return no_help_topic(words[1]);
  std::fputs(command_help(*command).c_str(), stdout);
  return 0;
}

Error incorrect_usage(const Command& command, Error error) {
  std::printf("Incorrect Usage.\n\n%s\n", command_help(command).c_str());
  std::fflush(stdout);  // before the error, which goes to the other stream
  return error;
}

std::optional<Error> count_error(const Command& command, size_t count) {
  const bool exact = command.at_least == command.at_most;
  if (count >= command.at_least && count <= command.at_most) return std::nullopt;
  const char* rule = exact ? "exactly" : count < command.at_least ? "a minimum of" : "a maximum of";
  const size_t wanted = count < command.at_least ? command.at_least : command.at_most;
  return Failure(ErrorKind::kInvalidArgument, "\"{}\" requires {} {} argument(s)", command.name, rule, wanted);
}

Result<int> run_command_line(const Command& command, const Flags& global, const RunLog& log) {
  const std::vector<std::string> words(global.rest().begin() + 1, global.rest().end());
  auto definitions = command.flags;
  definitions.push_back(kHelp);
  auto flags = Flags::parse(words, definitions, command.order);
  if (!flags.ok()) return incorrect_usage(command, std::move(flags).error());
  if (flags->has("help")) {
    std::fputs(command_help(command).c_str(), stdout);
    return 0;
  }
  if (auto error = count_error(command, flags->rest().size())) return incorrect_usage(command, std::move(*error));
  TRY(check_global_flags(global));
  if (command.at_least > 0 && flags->rest().front().empty()) {
    return Failure(ErrorKind::kInvalidArgument, "container id cannot be empty");
  }
  const std::string root = TRY(root_directory(global));
  log.debug(formatted("{} {} with state in {}", command.name, join(flags->rest(), " "), root));
  auto code = command.run({Records(root), std::move(flags).value(), global.has("systemd-cgroup")});
  if (code.ok()) log.debug(formatted("{} is done: exit code {}", command.name, *code));
  return code;
}

// The exit code of what has failed: 1, or the command's own.
int fail(const RunLog& log, const Error& error, int code = 1) {
  log.error(error);
  return code;
}

int run_words(const Flags& global, const RunLog& log) {
  const auto commands = all_commands();
  const auto& words = global.rest();
  if (global.has("version")) {
    std::fputs(version_text().c_str(), stdout);
    return 0;
  }
  if (global.has("help") || words.empty() || words[0] == "help" || words[0] == "h") {
    auto shown = show_help(commands, global.has("help") ? std::vector<std::string>() : words);
    return shown.ok() ? *shown : fail(log, shown.error());
  }
  const Command* command = find_command(commands, words[0]);
  if (command == nullptr) return fail(log, no_help_topic(words[0]));
  if (asks_for_help(words, 1)) return *show_help(commands, {"help", words[0]});
  const auto code = run_command_line(*command, global, log);
  return code.ok() ? *code : fail(log, code.error(), command->failure_code);
}

int run_program(const std::vector<std::string>& words) {
  set_program_name("tare-oci");
  const auto flags = Flags::parse(words, global_flags(), FlagOrder::kBeforeWords);
  if (!flags.ok()) {
    std::fputs("Incorrect Usage.\n\n", stdout);
    print_error(flags.error());
    return 1;
  }
  if (flags->has("debug")) set_log_level(LogLevel::kDebug);
  const auto log = RunLog::open(flags->text("log"), flags->text("log-format", "text"), flags->has("debug"));
  if (!log.ok()) {
    print_error(log.error());
    return 1;
  }
  return run_words(*flags, *log);
}

}  // namespace
}  // namespace tare::cmd

int main(int count, char** arguments) { return tare::cmd::run_program({arguments + 1, arguments + count}); }
