#include "flags.h"

#include <algorithm>
#include <array>

namespace tare::cmd {
namespace {

const FlagDefinition* find_definition(const std::vector<FlagDefinition>& definitions, std::string_view name) {
  const auto found = std::find_if(definitions.begin(), definitions.end(), [&](const auto& one) {
    return one.name == name || (one.letter == name && !name.empty());
  });
  return found == definitions.end() ? nullptr : &*found;
}

// The words that Go's strconv.ParseBool takes.
std::optional<bool> parse_boolean(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

bool is_flag(std::string_view word) { return word.size() >= 2 && word[0] == '-'; }

}  // namespace

Result<size_t> Flags::take_flag(const std::vector<std::string>& words, size_t at,
                                const std::vector<FlagDefinition>& definitions) {
  std::string_view word = words[at];
  word.remove_prefix(word[1] == '-' ? 2 : 1);
  const auto assignment = cut(word, '=');
  const std::string_view name = assignment ? assignment->first : word;
  const auto* definition = find_definition(definitions, name);
  if (definition == nullptr) return Failure(ErrorKind::kInvalidArgument, "flag provided but not defined: -{}", name);
  std::string value = assignment ? std::string(assignment->second) : "";
  if (definition->value == FlagValue::kText && !assignment) {
    if (++at == words.size()) return Failure(ErrorKind::kInvalidArgument, "flag needs an argument: -{}", name);
    value = words[at];
  }
  if (definition->value == FlagValue::kNone) {
    const auto on = parse_boolean(assignment ? value : "true");
    if (!on) return Failure(ErrorKind::kInvalidArgument, "invalid boolean value \"{}\" for -{}", value, name);
    value = *on ? "true" : "";
  }
  given_.emplace_back(definition->name, std::move(value));
  return at + 1;
}

Result<Flags> Flags::parse(const std::vector<std::string>& words, const std::vector<FlagDefinition>& definitions,
                           FlagOrder order) {
  Flags flags;
  size_t next = 0;
  while (next < words.size()) {
    if (words[next] == "--") {
      ++next;
      break;
    }
    if (is_flag(words[next])) {
      next = TRY(flags.take_flag(words, next, definitions));
    } else if (order == FlagOrder::kBeforeWords) {
      break;
    } else {
      flags.rest_.push_back(words[next++]);
    }
  }
  flags.rest_.insert(flags.rest_.end(), words.begin() + static_cast<std::ptrdiff_t>(next), words.end());
  return flags;
}

bool Flags::has(const std::string& name) const { return !text(name).empty(); }

std::string Flags::text(const std::string& name, const std::string& fallback) const {
  const auto values = list(name);
  return values.empty() ? fallback : values.back();
}

std::vector<std::string> Flags::list(const std::string& name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : given_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Result<int64_t> Flags::number(const std::string& name, int64_t fallback) const {
  const auto values = list(name);
  if (values.empty()) return fallback;
  if (const auto number = parse_signed(values.back())) return int64_t{*number};
  return Failure(ErrorKind::kInvalidArgument, "invalid value \"{}\" for flag -{}: it is no number", values.back(),
                 name);
}

}  // namespace tare::cmd
