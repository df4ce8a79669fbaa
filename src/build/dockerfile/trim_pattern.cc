#include "build/dockerfile/trim_pattern.h"

#include <optional>
#include <vector>

namespace tare::build {
namespace {

// The lengths of prefixes of `text` that the pattern matches, by following all possibilities at once: no pattern can
// make this exponential.
std::vector<bool> matching_prefixes(std::string_view text, std::string_view pattern) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    std::vector<bool> next(text.size() + 1, false);
    if (c == '*') {
      bool any = false;
      for (size_t i = 0; i <= text.size(); ++i) next[i] = any = any || reached[i];
    } else {
      const bool literal = c == '\\' && at + 1 < pattern.size();
      const char wanted = literal ? pattern[++at] : c;
      for (size_t i = 0; i < text.size(); ++i) {
        if (reached[i] && ((c == '?') || text[i] == wanted)) next[i + 1] = true;
      }
    }
    reached = std::move(next);
  }
  return reached;
}

std::optional<size_t> prefix_length(std::string_view text, std::string_view pattern, MatchLength length) {
  const auto matches = matching_prefixes(text, pattern);
  std::optional<size_t> found;
  for (size_t i = 0; i < matches.size(); ++i) {
    if (!matches[i]) continue;
    found = i;
    if (length == MatchLength::kShortest) break;
  }
  return found;
}

}  // namespace

std::string trim_prefix(std::string_view value, std::string_view pattern, MatchLength length) {
  return std::string(value.substr(prefix_length(value, pattern, length).value_or(0)));
}

std::string trim_suffix(std::string_view value, std::string_view pattern, MatchLength length) {
  std::optional<size_t> cut_at;
  for (size_t start = 0; start <= value.size(); ++start) {
    const auto rest = value.substr(start);
    if (!matching_prefixes(rest, pattern)[rest.size()]) continue;
    cut_at = start;
    if (length == MatchLength::kLongest) break;
  }
  return std::string(value.substr(0, cut_at.value_or(value.size())));
}

std::string replace_pattern(std::string_view value, std::string_view pattern, std::string_view replacement,
                            Occurrences occurrences) {
  std::string result;
  while (!value.empty()) {
    const auto length = prefix_length(value, pattern, MatchLength::kLongest).value_or(0);
    if (length == 0) {
      result += value[0];
      value.remove_prefix(1);
      continue;
    }
    result += replacement;
    value.remove_prefix(length);
    if (occurrences == Occurrences::kFirst) break;
  }
  return result += value;
}

}  // namespace tare::build
