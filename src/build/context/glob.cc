#include "build/context/glob.h"

namespace tare::build {
namespace {

Error bad_pattern(std::string_view pattern) {
  return Failure(ErrorKind::kInvalidArgument, "syntax error in pattern {}", pattern);
}

size_t index_of(char c) { return static_cast<unsigned char>(c); }

}  // namespace

// `at` is behind the '['; the result is behind the ']'.
Result<size_t> Glob::parse_class(std::string_view pattern, size_t at, Token& token) {
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  const auto character = [&]() -> Result<size_t> {
    if (at < pattern.size() && pattern[at] == '\\') ++at;
    if (at >= pattern.size()) return bad_pattern(pattern);
    return index_of(pattern[at++]);
  };
  bool empty = true;
  while (at < pattern.size() && (pattern[at] != ']' || empty)) {
    if (pattern[at] == ']' || pattern[at] == '-') return bad_pattern(pattern);
    const size_t low = TRY(character());
    size_t high = low;
    if (at < pattern.size() && pattern[at] == '-') {
      ++at;
      high = TRY(character());
    }
    if (high < low) return bad_pattern(pattern);
    for (size_t c = low; c <= high; ++c) token.characters.set(c);
    empty = false;
  }
  if (at >= pattern.size()) return bad_pattern(pattern);
  if (negated) token.characters.flip();
  token.characters.reset('/');
  return at + 1;
}

Result<Glob> Glob::parse(std::string_view pattern, DoubleStar double_star) {
  Glob glob;
  for (size_t at = 0; at < pattern.size();) {
    Token token{Type::kLiteral, {}};
    const char c = pattern[at++];
    if (c == '*' && double_star == DoubleStar::kAllowed && at < pattern.size() && pattern[at] == '*') {
      ++at;
      if (at < pattern.size() && pattern[at] == '/') ++at;
      token.type = at == pattern.size() ? Type::kEverything : Type::kFolders;
    } else if (c == '*') {
      token.type = Type::kStar;
    } else if (c == '?') {
      token.type = Type::kClass;
      token.characters.set();
      token.characters.reset('/');
    } else if (c == '[') {
      token.type = Type::kClass;
      at = TRY(parse_class(pattern, at, token));
    } else {
      if (c == '\\' && at == pattern.size()) return bad_pattern(pattern);
      token.characters.set(index_of(c == '\\' ? pattern[at++] : c));
    }
    glob.tokens_.push_back(token);
  }
  return glob;
}

// Follows all possibilities at once, so that no pattern takes more than its length times the path's.
bool Glob::matches(std::string_view path) const {
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (const auto& token : tokens_) {
    std::vector<bool> next(path.size() + 1, false);
    bool spread = false;
    for (size_t i = 0; i <= path.size(); ++i) {
      const bool here = reached[i];
      switch (token.type) {
        case Type::kLiteral:
        case Type::kClass:
          if (here && i < path.size() && token.characters.test(index_of(path[i]))) next[i + 1] = true;
          break;
        case Type::kStar:
          if (i > 0 && path[i - 1] == '/') spread = false;
          next[i] = spread = spread || here;
          break;
        case Type::kEverything:
          next[i] = spread = spread || here;
          break;
        case Type::kFolders:
          next[i] = here || (spread && i > 0 && path[i - 1] == '/');
          spread = spread || here;
          break;
      }
    }
    reached = std::move(next);
  }
  return reached[path.size()];
}

bool has_wildcards(std::string_view pattern) { return pattern.find_first_of("*?[\\") != std::string_view::npos; }

}  // namespace tare::build
