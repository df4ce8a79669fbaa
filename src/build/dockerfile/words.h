// The several ways in which Dockerfile instructions split their text into words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "build/dockerfile/lines.h"

namespace tare::build {

// At blanks, whatever the quotes (COPY, EXPOSE, FROM).
std::vector<std::string> split_blanks(std::string_view text);
// At blanks outside quotes; quotes and escapes stay for the expansion to remove (ENV, LABEL, ARG).
std::vector<std::string> split_quoted(std::string_view text, char escape);

struct Flag {
  std::string name;  // without the dashes
  std::string value;
  bool has_value = false;
};
// Takes the `--name=value` words off the beginning of `text`. `--` alone ends them.
std::vector<Flag> take_flags(std::string_view& text, char escape);

// `name=value name2="a b"`, or the old form `name all the rest`. Names are not empty.
using NameValue = std::pair<std::string, std::string>;
Result<std::vector<NameValue>> parse_name_values(std::string_view text, char escape, std::string_view instruction);

// A JSON array of strings only; nothing for anything else, which is then the shell form.
std::optional<std::vector<std::string>> parse_exec_form(std::string_view text);

// The heredocs that a RUN, COPY or ADD line opens, in order; none for other instructions. Contents are still empty.
std::vector<Heredoc> find_heredocs(std::string_view line, char escape);
// Whether a word is a heredoc's opening: "<<EOF", "3<<-'EOF'".
std::optional<Heredoc> parse_heredoc_word(std::string_view word);

}  // namespace tare::build
