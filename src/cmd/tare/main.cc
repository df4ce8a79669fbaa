// tare: the command line. Options before the command are the program's own; what follows belongs to the command.
#include <signal.h>
#include <stdlib.h>

#include <array>
#include <iostream>
#include <optional>

#include "base/log.h"
#include "cmd/tare/command.h"

namespace tare::cmd {
namespace {

std::array<std::span<const Command>, 5> all_groups() {
  return {container_commands(), image_commands(), network_commands(), volume_commands(), system_commands()};
}

void print_help() {
  std::cout << "Usage: tare [--root DIR] [--run-root DIR] [--debug] COMMAND\n\n"
               "Builds, moves and runs containers, without a daemon.\n\nCommands:\n";
  for (const auto group : all_groups()) {
    for (const auto& command : group) {
      if (!command.help.empty()) std::cout << formatted("  {:<18} {}\n", command.name, command.help);
    }
  }
  std::cout << "\n`tare COMMAND --help` tells the options of a command.\n";
}

struct Invocation {
  const Command* command = nullptr;
  Words rest;
};

// "network create x" is two words of command; "run x" is one.
std::optional<Invocation> find_command(const Words& words) {
  for (const size_t count : {size_t{2}, size_t{1}}) {
    if (words.size() < count) continue;
    const auto name = count == 2 ? words[0] + " " + words[1] : words[0];
    for (const auto group : all_groups()) {
      for (const auto& command : group) {
        if (command.name == name)
          return Invocation{&command, Words(words.begin() + static_cast<long>(count), words.end())};
      }
    }
  }
  return std::nullopt;
}

Error unknown_command(const Words& words) {
  std::vector<std::string> names;
  bool is_group = false;
  for (const auto group : all_groups()) {
    for (const auto& command : group) {
      names.emplace_back(command.name);
      is_group = is_group || command.name.starts_with(words[0] + " ");
    }
  }
  const auto name = is_group && words.size() > 1 ? words[0] + " " + words[1] : words[0];
  auto error = Failure(ErrorKind::kInvalidArgument, "'{}' is not a tare command", name);
  const auto near = nearest(name, names);
  if (near) return std::move(error).with_hint("did you mean `tare " + *near + "`?");
  return std::move(error).with_hint("see `tare --help`");
}

// Takes the program's own options off the front; what is set there reaches our other programs by the environment.
Result<bool> take_global_options(Words& words) {
  while (!words.empty() && words.front().starts_with('-')) {
    const std::string word = words.front();
    words.erase(words.begin());
    if (word == "--debug" || word == "-D") {
      set_log_level(LogLevel::kDebug);
      continue;
    }
    if (word == "--help" || word == "-h") return false;
    if (word == "--version" || word == "-v") {
      words.assign(1, "version");
      return true;
    }
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (name != "--root" && name != "--run-root") {
      return Failure(ErrorKind::kInvalidArgument, "unknown flag: {}", name).with_hint("see `tare --help`");
    }
    if (equals == std::string::npos && words.empty()) {
      return Failure(ErrorKind::kInvalidArgument, "{} needs a directory", name);
    }
    const auto value = equals == std::string::npos ? words.front() : word.substr(equals + 1);
    if (equals == std::string::npos) words.erase(words.begin());
    ::setenv(name == "--root" ? "TARE_ROOT" : "TARE_RUN_ROOT", value.c_str(), 1);
  }
  return true;
}

Result<int> run(Words words) {
  const bool wanted = TRY(take_global_options(words));
  if (!wanted || words.empty() || words[0] == "help") {
    print_help();
    return 0;
  }
  const auto invocation = find_command(words);
  if (!invocation) return unknown_command(words);
  return invocation->command->run(invocation->rest);
}

}  // namespace

int exit_code_of(const Error& error, bool starts_container) {
  if (error.kind() == ErrorKind::kCancelled && error.text().empty()) return 0;  // --help
  if (starts_container && error.kind() == ErrorKind::kNoExecutable) return 127;
  if (starts_container && error.kind() == ErrorKind::kNotExecutable) return 126;
  const bool usage = error.kind() == ErrorKind::kInvalidArgument || error.kind() == ErrorKind::kUnsupported;
  return starts_container || usage ? 125 : 1;
}

int main(int count, char** arguments) {
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write, with a message, and not a silent death
  const Words words(arguments + 1, arguments + count);
  const auto code = run(words);
  if (code.ok()) return *code;
  if (!code.error().text().empty()) print_error(code.error());
  return exit_code_of(code.error(), false);
}

}  // namespace tare::cmd

int main(int count, char** arguments) { return tare::cmd::main(count, arguments); }
