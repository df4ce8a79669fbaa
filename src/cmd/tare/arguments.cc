#include "cmd/tare/arguments.h"

#include <algorithm>
#include <iostream>
#include <list>

#include <CLI/CLI.hpp>

namespace tare::cmd {

struct Arguments::State {
  explicit State(const std::string& description) : app(description) {}
  CLI::App app;
  std::string usage;
  std::list<std::string> optional_values;  // stable addresses for CLI11 to write to
  struct Optional {
    CLI::Option* option;
    std::string* value;
    std::optional<std::string>* target;
  };
  std::vector<Optional> optionals;
  std::string refusal;
};

namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Error usage_error(std::string text, const std::string& usage, const std::string& near = {}) {
  const auto hint = near.empty() ? "usage: " + usage : formatted("did you mean {}?", near);
  return Error(ErrorKind::kInvalidArgument, std::move(text)).with_hint(hint);
}

Error unknown_option(const CLI::App& app, const std::string& word, const std::string& usage) {
  const auto name = word.substr(0, word.find('='));
  const auto near = name.starts_with("--") ? nearest(name, option_names(app)) : std::nullopt;
  return usage_error(formatted("unknown flag: {}", name), usage, near.value_or(""));
}

// CLI11 takes "-1" for an option: it is joined with the long option before it. With `until_first_word`, what belongs to
// the container's command is left alone.
std::vector<std::string> join_negative_numbers(const std::vector<std::string>& words, bool until_first_word) {
  std::vector<std::string> joined;
  bool mine = true;
  for (const auto& word : words) {
    const bool option_before = !joined.empty() && joined.back().starts_with('-');
    mine = mine && (!until_first_word || word.starts_with('-') || option_before);
    const bool negative = word.size() > 1 && word[0] == '-' && parse_unsigned(word.substr(1)).has_value();
    const bool takes_it =
        option_before && joined.back().starts_with("--") && joined.back().find('=') == std::string::npos;
    if (mine && negative && takes_it)
      joined.back() += "=" + word;
    else
      joined.push_back(word);
  }
  return joined;
}

}  // namespace

Arguments::Arguments(std::string usage, std::string description) : state_(std::make_unique<State>(description)) {
  state_->usage = std::move(usage);
  state_->app.name(state_->usage);
  state_->app.set_help_flag("--help", "Print this help");
}
Arguments::Arguments(Arguments&&) noexcept = default;
Arguments::~Arguments() = default;

void Arguments::flag(const std::string& names, bool& value, const std::string& help) {
  state_->app.add_flag(names, value, help);
}

void Arguments::text(const std::string& names, std::string& value, const std::string& help) {
  state_->app.add_option(names, value, help)->allow_extra_args(false)->take_last();
}

void Arguments::optional_text(const std::string& names, std::optional<std::string>& value, const std::string& help) {
  auto& holder = state_->optional_values.emplace_back();
  auto* option = state_->app.add_option(names, holder, help)->allow_extra_args(false)->take_last();
  state_->optionals.push_back({option, &holder, &value});
}

void Arguments::list(const std::string& names, std::vector<std::string>& values, const std::string& help) {
  state_->app.add_option(names, values, help)->allow_extra_args(false)->take_all();
}

void Arguments::refused(const std::string& names, const std::string& reason) {
  const CLI::callback_t refuse = [this, names, reason](const CLI::results_t&) {
    state_->refusal = formatted("{} {}", names.substr(names.rfind(',') + 1), reason);
    return true;
  };
  // Values are optional, so that flags and options with values are both understood.
  state_->app.add_option(names, refuse)->expected(0, 1)->group("");
}

Result<std::vector<std::string>> Arguments::parse(const std::vector<std::string>& words, Positionals positionals) {
  std::vector<std::string> found;
  auto& app = state_->app;
  if (positionals.stop_at_first)
    app.prefix_command();
  else
    app.add_option("arguments", found)->group("");
  app.allow_extras();
  auto reversed = join_negative_numbers(words, positionals.stop_at_first);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help() << std::flush;
    return Error(ErrorKind::kCancelled, "");
  } catch (const CLI::ParseError& failure) {
    return usage_error(failure.what(), state_->usage);
  }
  if (!state_->refusal.empty()) return Error(ErrorKind::kUnsupported, state_->refusal);
  const auto rest = app.remaining();
  if (!rest.empty() && rest.front().size() > 1 && rest.front()[0] == '-' && rest.front() != "--") {
    return unknown_option(app, rest.front(), state_->usage);
  }
  found.insert(found.end(), rest.begin(), rest.end());
  if (!found.empty() && found.front() == "--") found.erase(found.begin());
  for (auto& optional : state_->optionals) {
    if (optional.option->count() > 0) *optional.target = *optional.value;
  }
  if (found.size() < positionals.at_least || found.size() > positionals.at_most) {
    return usage_error(formatted("{} arguments were given, {} {} needed", found.size(),
                                 found.size() < positionals.at_least ? "at least" : "at most",
                                 found.size() < positionals.at_least ? positionals.at_least : positionals.at_most),
                       state_->usage);
  }
  return found;
}

}  // namespace tare::cmd
