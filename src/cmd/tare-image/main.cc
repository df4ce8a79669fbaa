// tare-image: all that moves images in and out of the store. `tare pull` and its like execute it with the same words.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <string_view>

#include "base/log.h"
#include "cmd/tare-image/commands.h"

namespace tare::image {
namespace {

struct Command {
  std::string_view name;
  std::string_view help;
  Result<int> (*run)(const std::vector<std::string>& arguments);
};

constexpr std::array kCommands = {
    Command{"pull", "Download an image from a registry", run_pull},
    Command{"push", "Upload an image to a registry", run_push},
    Command{"login", "Log in to a registry", run_login},
    Command{"logout", "Log out from a registry", run_logout},
    Command{"load", "Load an image from a tar archive or STDIN", run_load},
    Command{"save", "Save one or more images to a tar archive", run_save},
    Command{"bootstrap", "Make a base image from distribution packages", run_bootstrap},
    Command{"unpack", "Unpack an image's layers into a directory", run_unpack},
};

void print_help() {
  std::cout << "Usage: tare-image [--debug] COMMAND [OPTIONS]\n\nMoves images in and out of the store.\n\nCommands:\n";
  for (const auto& command : kCommands) std::cout << formatted("  {:<10} {}\n", command.name, command.help);
}

int run(std::vector<std::string> words) {
  while (!words.empty() && (words[0] == "--debug" || words[0] == "-D")) {
    set_log_level(LogLevel::kDebug);
    words.erase(words.begin());
  }
  if (words.empty() || words[0] == "--help" || words[0] == "help") return print_help(), 0;
  if (words[0] == "--version") return std::cout << "tare-image " TARE_VERSION "\n", 0;
  for (const auto& command : kCommands) {
    if (command.name != words[0]) continue;
    const auto code = command.run({words.begin() + 1, words.end()});
    if (code.ok()) return *code;
    print_error(code.error());
    return 1;
  }
  print_error(Failure(ErrorKind::kInvalidArgument, "'{}' is not a command of tare-image", words[0])
                  .with_hint("see `tare-image --help`"));
  return kUsageExit;
}

}  // namespace

int exit_for_usage(const Error& error) {
  // --help has printed what it should, and is no failure.
  if (error.kind() == ErrorKind::kCancelled && error.text().empty()) return 0;
  print_error(error);
  return kUsageExit;
}

}  // namespace tare::image

int main(int count, char** arguments) {
  // Sockets and pipes: a peer that went away is an error with a message, not a silent death.
  ::signal(SIGPIPE, SIG_IGN);
  return tare::image::run({arguments + 1, arguments + count});
}
