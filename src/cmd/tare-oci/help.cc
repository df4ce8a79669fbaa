#include "help.h"

#include <algorithm>

namespace tare::cmd {
namespace {

std::string flag_words(const FlagDefinition& flag) {
  const std::string value = flag.value == FlagValue::kText ? " value" : "";
  const std::string letter = flag.letter.empty() ? "" : formatted(", -{}{}", flag.letter, value);
  return formatted("--{}{}{}", flag.name, value, letter);
}

// Two columns, the first as wide as its longest entry.
std::string table(const std::vector<std::pair<std::string, std::string>>& rows) {
  size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  std::string text;
  for (const auto& row : rows) text += formatted("   {:<{}}  {}\n", row.first, width, row.second);
  return text;
}

std::string options(const std::vector<FlagDefinition>& flags, bool with_help) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& flag : flags) {
    if (!flag.help.empty()) rows.emplace_back(flag_words(flag), flag.help);
  }
  if (with_help) rows.emplace_back("--help, -h", "show help");
  return table(rows);
}

}  // namespace

std::string program_help(const std::vector<Command>& commands, const std::vector<FlagDefinition>& global_flags) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& command : commands) rows.emplace_back(command.name, command.summary);
  rows.emplace_back("help, h", "show the commands, or the help of one command");
  return formatted(
      "NAME:\n   tare-oci - Open Container Initiative runtime with the command line of runc\n\n"
      "USAGE:\n   tare-oci [global options] command [command options] [arguments...]\n\n"
      "VERSION:\n   {}\n\nCOMMANDS:\n{}\nGLOBAL OPTIONS:\n{}",
      TARE_VERSION, table(rows), options(global_flags, true));
}

std::string command_help(const Command& command) {
  const std::string usage =
      formatted("tare-oci {} {}{}", command.name, command.flags.empty() ? "" : "[command options] ", command.arguments);
  return formatted("NAME:\n   tare-oci {} - {}\n\nUSAGE:\n   {}\n\nOPTIONS:\n{}", command.name, command.summary,
                   trim(usage), options(command.flags, true));
}

}  // namespace tare::cmd
