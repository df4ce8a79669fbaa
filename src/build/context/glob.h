// Patterns over paths: `*` and `?` never match '/', `[a-z]` and `[^a-z]` are classes, `\` takes the next character
// literally, as Go's filepath.Match has it; in ignore files `**` also matches any number of folders.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::build {

class Glob {
 public:
  enum class DoubleStar { kAllowed, kPlain };  // plain: `**` is just two stars
  // Fails on an unclosed class, an empty or reversed range, and a `\` at the end.
  static Result<Glob> parse(std::string_view pattern, DoubleStar double_star);
  bool matches(std::string_view path) const;

 private:
  enum class Type { kLiteral, kClass, kStar, kFolders, kEverything };
  struct Token {
    Type type;
    std::bitset<256> characters;  // of kLiteral (one) and kClass
  };
  static Result<size_t> parse_class(std::string_view pattern, size_t at, Token& token);
  std::vector<Token> tokens_;
};

// Whether a pattern has characters that are not literal.
bool has_wildcards(std::string_view pattern);

}  // namespace tare::build
