// The arguments of one command: flags as Docker spells them. The one place that knows CLI11, which is slow to compile.
//
//   Arguments arguments("tare stop [OPTIONS] CONTAINER [CONTAINER...]", "Stop one or more running containers");
//   arguments.text("-t,--time", timeout, "Seconds to wait before killing");
//   const auto names = TRY(arguments.parse(words, {.at_least = 1}));
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

struct Positionals {
  size_t at_least = 0;
  size_t at_most = static_cast<size_t>(-1);
  // Everything after the first word that is no option belongs to somebody else (the command of `run` and `exec`).
  bool stop_at_first = false;
};

class Arguments {
 public:
  Arguments(std::string usage, std::string description);
  Arguments(Arguments&&) noexcept;
  ~Arguments();

  // `names` as CLI11 takes them: "-d,--detach". Values are written when the words are parsed.
  void flag(std::string_view names, bool& value, std::string_view help);
  void text(std::string_view names, std::string& value, std::string_view help);
  void optional_text(std::string_view names, std::optional<std::string>& value, std::string_view help);
  void list(std::string_view names, std::vector<std::string>& values, std::string_view help);
  // An option that Docker has and we do not: using it is an error that says so.
  void refused(std::string_view names, std::string_view reason = "is not supported yet");

  // The words that are no options. --help prints and gives kCancelled with an empty text: exit code 0.
  Result<std::vector<std::string>> parse(const std::vector<std::string>& words, Positionals positionals);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tare::cmd
