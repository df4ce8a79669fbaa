#include "flags.h"

#include <algorithm>

namespace tare::cmd {
namespace {

const FlagDefinition* find_definition(const std::vector<FlagDefinition>& definitions, std::string_view name) {
  const auto found = std::find_if(definitions.begin(), definitions.end(), [&](const auto& one) {
    return one.name == name || (one.letter == name && !name.empty());
  });
  return found == definitions.end() ? nullptr : &*found;
}

}  // namespace

Result<Flags> Flags::parse(const std::vector<std::string>& words, const std::vector<FlagDefinition>& definitions) {
  Flags flags;
  size_t next = 0;
  for (; next < words.size(); ++next) {
    std::string_view word = words[next];
    if (word.size() < 2 || word[0] != '-') break;
    if (word == "--") {
      ++next;
      break;
    }
    word.remove_prefix(word[1] == '-' ? 2 : 1);
    const auto assignment = cut(word, '=');
    const auto* definition = find_definition(definitions, assignment ? assignment->first : word);
    if (definition == nullptr) return Failure(ErrorKind::kInvalidArgument, "flag provided but not defined: -{}", word);
    std::string value = assignment ? std::string(assignment->second) : "";
    if (definition->takes_value && !assignment) {
      if (++next == words.size()) return Failure(ErrorKind::kInvalidArgument, "flag needs an argument: -{}", word);
      value = words[next];
    }
    if (!definition->takes_value && value == "false") continue;
    flags.given_.emplace_back(definition->name, std::move(value));
  }
  flags.rest_.assign(words.begin() + static_cast<std::ptrdiff_t>(next), words.end());
  return flags;
}

bool Flags::has(const std::string& name) const {
  return std::any_of(given_.begin(), given_.end(), [&](const auto& flag) { return flag.first == name; });
}

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

}  // namespace tare::cmd
