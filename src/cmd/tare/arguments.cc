#include "cmd/tare/arguments.h"

#include <algorithm>
#include <iostream>
#include <variant>

#include <CLI/CLI.hpp>

namespace tare::cmd {

// Declared with CLI11 only when the words name it: CLI11 compares every new option with all before it, which for the
// hundred options of `run` was two fifths of the command's instructions.
struct Declaration {
  std::string names;
  std::string help;
  std::variant<bool*, std::string*, std::optional<std::string>*, std::vector<std::string>*, std::string> target;
};

struct Arguments::State {
  std::string usage;
  std::string description;
  std::vector<Declaration> declarations;
  std::string refusal;
};

namespace {

// The names of options that the words may hold: "--env=A" is "--env", "-it" may be "-i", "-t" or "-i" with a value.
class Mentioned {
 public:
  explicit Mentioned(const std::vector<std::string>& words) {
    for (const std::string_view word : words) {
      if (word.starts_with("--"))
        long_.push_back(word.substr(0, word.find('=')));
      else if (word.starts_with('-'))
        letters_ += word.substr(1);
    }
  }
  bool has(std::string_view name) const {
    if (!name.starts_with("--")) return letters_.find(name.substr(1)) != std::string::npos;
    return std::find(long_.begin(), long_.end(), name) != long_.end();
  }
  bool has_any(std::string_view names) const {
    const auto each = split(names, ',');
    return std::any_of(each.begin(), each.end(), [&](std::string_view name) { return has(name); });
  }

 private:
  std::vector<std::string_view> long_;
  std::string letters_;
};

struct Declare {
  CLI::App& app;
  const Declaration& option;
  std::string& refusal;

  void operator()(bool* value) const { app.add_flag(option.names, *value, option.help); }
  void operator()(std::string* value) const {
    app.add_option(option.names, *value, option.help)->allow_extra_args(false)->take_last();
  }
  void operator()(std::optional<std::string>* value) const {
    const CLI::callback_t set = [value](const CLI::results_t& given) {
      *value = given.back();
      return true;
    };
    app.add_option(option.names, set, option.help)->type_name("TEXT")->allow_extra_args(false)->take_last();
  }
  void operator()(std::vector<std::string>* values) const {
    app.add_option(option.names, *values, option.help)->allow_extra_args(false)->take_all();
  }
  void operator()(const std::string& reason) const {
    const CLI::callback_t refuse = [this_refusal = &refusal, names = option.names, reason](const CLI::results_t&) {
      *this_refusal = formatted("{} {}", names.substr(names.rfind(',') + 1), reason);
      return true;
    };
    // Values are optional, so that flags and options with values are both understood.
    app.add_option(option.names, refuse)->expected(0, 1)->group("");
  }
};

void declare_mentioned(CLI::App& app, const std::vector<Declaration>& declarations, const Mentioned& mentioned,
                       std::string& refusal) {
  const bool all = mentioned.has("--help");
  for (const auto& option : declarations) {
    if (all || mentioned.has_any(option.names)) std::visit(Declare{app, option, refusal}, option.target);
  }
}

std::vector<std::string> long_names(const std::vector<Declaration>& declarations) {
  std::vector<std::string> names;
  for (const auto& option : declarations) {
    for (const auto& name : split(option.names, ',')) {
      if (name.starts_with("--")) names.emplace_back(name);
    }
  }
  return names;
}

Error usage_error(std::string text, const std::string& usage, const std::string& near = {}) {
  const auto hint = near.empty() ? "usage: " + usage : formatted("did you mean {}?", near);
  return Error(ErrorKind::kInvalidArgument, std::move(text)).with_hint(hint);
}

Error unknown_option(const std::vector<Declaration>& declarations, const std::string& word, const std::string& usage) {
  const auto name = word.substr(0, word.find('='));
  const auto near = name.starts_with("--") ? nearest(name, long_names(declarations)) : std::nullopt;
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

Arguments::Arguments(std::string usage, std::string description) : state_(std::make_unique<State>()) {
  state_->usage = std::move(usage);
  state_->description = std::move(description);
}
Arguments::Arguments(Arguments&&) noexcept = default;
Arguments::~Arguments() = default;

void Arguments::flag(std::string_view names, bool& value, std::string_view help) {
  state_->declarations.push_back({std::string(names), std::string(help), &value});
}

void Arguments::text(std::string_view names, std::string& value, std::string_view help) {
  state_->declarations.push_back({std::string(names), std::string(help), &value});
}

void Arguments::optional_text(std::string_view names, std::optional<std::string>& value, std::string_view help) {
  state_->declarations.push_back({std::string(names), std::string(help), &value});
}

void Arguments::list(std::string_view names, std::vector<std::string>& values, std::string_view help) {
  state_->declarations.push_back({std::string(names), std::string(help), &values});
}

void Arguments::refused(std::string_view names, std::string_view reason) {
  state_->declarations.push_back({std::string(names), "", std::string(reason)});
}

Result<std::vector<std::string>> Arguments::parse(const std::vector<std::string>& words, Positionals positionals) {
  std::vector<std::string> found;
  CLI::App app(state_->description, state_->usage);
  app.set_help_flag("--help", "Print this help");
  declare_mentioned(app, state_->declarations, Mentioned(words), state_->refusal);
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
    return unknown_option(state_->declarations, rest.front(), state_->usage);
  }
  found.insert(found.end(), rest.begin(), rest.end());
  if (!found.empty() && found.front() == "--") found.erase(found.begin());
  if (found.size() < positionals.at_least || found.size() > positionals.at_most) {
    return usage_error(formatted("{} arguments were given, {} {} needed", found.size(),
                                 found.size() < positionals.at_least ? "at least" : "at most",
                                 found.size() < positionals.at_least ? positionals.at_least : positionals.at_most),
                       state_->usage);
  }
  return found;
}

}  // namespace tare::cmd
