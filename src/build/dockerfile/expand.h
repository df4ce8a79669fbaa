// Variables, quotes and escapes in Dockerfile words, as BuildKit's shell lexer treats them:
// $v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?m} ${v?m} ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/w} ${v//p/w}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::build {

// The value of a variable; nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// One word: quotes and escapes are removed, variables replaced. An unset variable is empty.
Result<std::string> expand_word(std::string_view word, const Lookup& lookup, char escape);
// The same, then split at blanks, also those that variables brought (EXPOSE $PORTS).
Result<std::vector<std::string>> expand_words(std::string_view text, const Lookup& lookup, char escape);
// Only variables are replaced; quotes stay (the content of a heredoc of COPY).
Result<std::string> expand_text(std::string_view text, const Lookup& lookup, char escape);

}  // namespace tare::build
