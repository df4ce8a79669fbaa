#include "registry/client/challenge.h"

#include <optional>

#include "base/text.h"

namespace tare::registry {
namespace {

bool is_token_character(char character) {
  constexpr std::string_view kExtra = "!#$%&'*+-.^_`|~/=";  // '/' and '=' also appear in what servers leave unquoted
  const bool alphanumeric = (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
                            (character >= 'A' && character <= 'Z');
  return alphanumeric || kExtra.find(character) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  void skip_blanks_and(char separator) {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == separator)) rest_.remove_prefix(1);
  }
  bool take(char character) {
    if (rest_.empty() || rest_[0] != character) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Up to '=' for a parameter's name; a value may contain it (base64 padding).
  std::string_view take_token(bool with_equals) {
    size_t length = 0;
    while (length < rest_.size() && is_token_character(rest_[length]) && (with_equals || rest_[length] != '='))
      ++length;
    const std::string_view token = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return token;
  }
  // After the opening quote; nothing when the closing one is missing.
  std::optional<std::string> take_quoted() {
    std::string text;
    for (size_t at = 0; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return text;
      }
      if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
      text += rest_[at];
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view field) {
  std::vector<Challenge> challenges;
  Scanner scanner(field);
  while (true) {
    scanner.skip_blanks_and(',');
    const std::string_view name = scanner.take_token(false);
    if (name.empty()) return challenges;
    scanner.skip_blanks_and(' ');
    if (!scanner.take('=')) {  // a word without a value begins the next challenge
      challenges.push_back({to_lower(name), {}});
      continue;
    }
    scanner.skip_blanks_and(' ');
    auto value = scanner.take('"') ? scanner.take_quoted() : std::string(scanner.take_token(true));
    if (!value || challenges.empty()) return challenges;
    challenges.back().parameters.insert_or_assign(to_lower(name), std::move(*value));
  }
}

}  // namespace tare::registry
