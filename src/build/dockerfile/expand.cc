#include "build/dockerfile/expand.h"

#include "build/dockerfile/trim_pattern.h"

namespace tare::build {
namespace {

constexpr int kMaxDepth = 50;  // of ${a:-${b:-…}}: the recursion must end on hostile input

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_special(char c) { return std::string_view("@*#?-$!").find(c) != std::string_view::npos; }

enum class Quotes { kRemove, kKeep };

class Expander {
 public:
  Expander(std::string_view text, const Lookup& lookup, char escape, Quotes quotes)
      : text_(text), lookup_(lookup), escape_(escape), quotes_(quotes) {}

  Result<std::string> all() { return until({}); }

  Result<std::vector<std::string>> words() {
    std::vector<std::string> result;
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        ++at_;
        continue;
      }
      const auto word = TRY(until(" \t\r\n"));
      for (auto& part : split(word, ' ')) {
        if (!part.empty()) result.push_back(std::move(part));
      }
    }
    return result;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  // Up to one of `stops` outside quotes, which is left to be read.
  Result<std::string> until(std::string_view stops) {
    std::string result;
    while (at_ < text_.size() && stops.find(text_[at_]) == std::string_view::npos) {
      const char c = text_[at_];
      if (c == '$') {
        result += TRY(variable());
      } else if (quotes_ == Quotes::kRemove && c == '\'') {
        result += TRY(single_quoted());
      } else if (quotes_ == Quotes::kRemove && c == '"') {
        result += TRY(double_quoted());
      } else if (c == escape_ && escapes_here()) {
        if (++at_ < text_.size()) result += text_[at_++];
      } else {
        result += c;
        ++at_;
      }
    }
    return result;
  }

  bool escapes_here() const {
    if (quotes_ == Quotes::kRemove) return true;
    return at_ + 1 < text_.size() && (text_[at_ + 1] == '$' || text_[at_ + 1] == escape_);
  }

  Result<std::string> single_quoted() {
    const size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return unmatched("single-quote");
    std::string result(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return result;
  }

  Result<std::string> double_quoted() {
    std::string result;
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_];
      if (c == '$') {
        result += TRY(variable());
        continue;
      }
      ++at_;
      if (c == escape_ && at_ < text_.size()) {
        const char next = text_[at_++];
        if (next != '"' && next != '$' && next != escape_) result += c;
        result += next;
      } else {
        result += c;
      }
    }
    if (at_ == text_.size()) return unmatched("double-quote");
    ++at_;
    return result;
  }

  static Error unmatched(std::string_view what) {
    return Failure(ErrorKind::kInvalidArgument, "unexpected end of statement while looking for matching {}", what);
  }

  std::string name() {
    const size_t start = at_;
    if (at_ < text_.size() && is_special(text_[at_])) {
      ++at_;
    } else if (at_ < text_.size() && is_digit(text_[at_])) {
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    } else if (at_ < text_.size() && is_name_start(text_[at_])) {
      while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_]))) ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }

  Result<std::string> variable() {
    ++at_;  // the dollar
    if (at_ < text_.size() && text_[at_] == '{') {
      ++at_;
      return braced();
    }
    const auto variable_name = name();
    if (variable_name.empty()) return std::string("$");
    return lookup_(variable_name).value_or("");
  }

  Result<std::string> braced() {
    const auto variable_name = name();
    if (variable_name.empty()) return Error(ErrorKind::kInvalidArgument, "bad substitution: ${ without a name");
    if (at_ == text_.size()) return Error(ErrorKind::kInvalidArgument, "syntax error: missing '}'");
    const auto value = lookup_(variable_name);
    const char op = text_[at_++];
    switch (op) {
      case '}':
        return value.value_or("");
      case ':':
        return colon(variable_name, value);
      case '-':
      case '+':
      case '?':
        return conditional(op, variable_name, value, value.has_value());
      case '#':
      case '%':
        return trimmed(op, value.value_or(""));
      case '/':
        return replaced(value.value_or(""));
      default:
        return unsupported(op);
    }
  }

  static Error unsupported(char op) {
    return Failure(ErrorKind::kInvalidArgument, "unsupported modifier ({}) in substitution", op);
  }

  Result<std::string> colon(const std::string& variable_name, const std::optional<std::string>& value) {
    if (at_ == text_.size()) return Error(ErrorKind::kInvalidArgument, "syntax error: missing '}'");
    const char op = text_[at_++];
    if (op != '-' && op != '+' && op != '?') return unsupported(op);
    return conditional(op, variable_name, value, value.has_value() && !value->empty());
  }

  // The rest up to the closing brace, expanded.
  Result<std::string> operand(std::string_view stops) {
    if (++depth_ > kMaxDepth) return Error(ErrorKind::kInvalidArgument, "substitutions are nested too deeply");
    auto word = until(stops);
    --depth_;
    if (word.ok() && at_ == text_.size()) return Error(ErrorKind::kInvalidArgument, "syntax error: missing '}'");
    return word;
  }

  Result<std::string> conditional(char op, const std::string& variable_name, const std::optional<std::string>& value,
                                  bool usable) {
    auto word = TRY(operand("}"));
    ++at_;
    if (op == '-') return usable ? *value : word;
    if (op == '+') return usable ? word : "";
    if (usable) return *value;
    if (word.empty()) word = "not set";
    return Failure(ErrorKind::kInvalidArgument, "{}: {}", variable_name, word);
  }

  Result<std::string> trimmed(char op, const std::string& value) {
    const bool longest = at_ < text_.size() && text_[at_] == op;
    if (longest) ++at_;
    const auto pattern = TRY(operand("}"));
    ++at_;
    const auto length = longest ? MatchLength::kLongest : MatchLength::kShortest;
    return op == '#' ? trim_prefix(value, pattern, length) : trim_suffix(value, pattern, length);
  }

  Result<std::string> replaced(const std::string& value) {
    const bool every = at_ < text_.size() && text_[at_] == '/';
    if (every) ++at_;
    const auto pattern = TRY(operand("/}"));
    std::string replacement;
    if (text_[at_++] == '/') {
      replacement = TRY(operand("}"));
      ++at_;
    }
    return replace_pattern(value, pattern, replacement, every ? Occurrences::kAll : Occurrences::kFirst);
  }

  std::string_view text_;
  const Lookup& lookup_;
  const char escape_;
  const Quotes quotes_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<std::string> expand_word(std::string_view word, const Lookup& lookup, char escape) {
  return Expander(word, lookup, escape, Quotes::kRemove).all();
}

Result<std::vector<std::string>> expand_words(std::string_view text, const Lookup& lookup, char escape) {
  return Expander(text, lookup, escape, Quotes::kRemove).words();
}

Result<std::string> expand_text(std::string_view text, const Lookup& lookup, char escape) {
  return Expander(text, lookup, escape, Quotes::kKeep).all();
}

}  // namespace tare::build
