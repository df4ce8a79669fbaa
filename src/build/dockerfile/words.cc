#include "build/dockerfile/words.h"

namespace tare::build {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r\n";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

std::string_view skip_blanks(std::string_view text) {
  const size_t start = text.find_first_not_of(kBlanks);
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

// How long the word at the beginning of `text` is, quotes and escapes considered.
size_t quoted_word_length(std::string_view text, char escape) {
  char quote = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == escape && quote != '\'') {
      ++at;  // the next character is of the word, whatever it is
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (is_blank(c)) {
      return at;
    }
  }
  return text.size();
}

bool takes_heredocs(std::string_view line) {
  const std::string name = to_lower(line.substr(0, line.find_first_of(kBlanks)));
  if (name == "onbuild") return takes_heredocs(skip_blanks(line.substr(name.size())));
  return name == "run" || name == "copy" || name == "add";
}

std::string unquote(std::string_view word, bool& quoted) {
  std::string name;
  for (const char c : word) {
    if (c == '"' || c == '\'')
      quoted = true;
    else
      name += c;
  }
  return name;
}

}  // namespace

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> words;
  for (text = skip_blanks(text); !text.empty(); text = skip_blanks(text)) {
    const size_t length = std::min(text.find_first_of(kBlanks), text.size());
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

std::vector<std::string> split_quoted(std::string_view text, char escape) {
  std::vector<std::string> words;
  for (text = skip_blanks(text); !text.empty(); text = skip_blanks(text)) {
    const size_t length = quoted_word_length(text, escape);
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

std::vector<Flag> take_flags(std::string_view& text, char escape) {
  std::vector<Flag> flags;
  for (text = skip_blanks(text); text.starts_with("--"); text = skip_blanks(text)) {
    const auto word = text.substr(0, quoted_word_length(text, escape));
    text.remove_prefix(word.size());
    if (word == "--") break;
    const auto parts = cut(word.substr(2), '=');
    if (parts)
      flags.push_back({std::string(parts->first), std::string(parts->second), true});
    else
      flags.push_back({std::string(word.substr(2)), "", false});
  }
  text = skip_blanks(text);
  return flags;
}

Result<std::vector<NameValue>> parse_name_values(std::string_view text, char escape, std::string_view instruction) {
  const auto words = split_quoted(text, escape);
  std::vector<NameValue> pairs;
  if (words.empty()) return Failure(ErrorKind::kInvalidArgument, "{} requires at least one argument", instruction);
  if (words[0].find('=') == std::string::npos) {
    if (words.size() < 2) return Failure(ErrorKind::kInvalidArgument, "{} must have two arguments", instruction);
    pairs.emplace_back(words[0], trim(skip_blanks(text).substr(words[0].size())));
    return pairs;
  }
  for (const auto& word : words) {
    const auto parts = cut(word, '=');
    if (!parts || parts->first.empty()) {
      return Failure(ErrorKind::kInvalidArgument, "{} is not of the form name=value", word);
    }
    pairs.emplace_back(parts->first, parts->second);
  }
  return pairs;
}

std::optional<Heredoc> parse_heredoc_word(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of("0123456789"), word.size()));
  if (!word.starts_with("<<")) return std::nullopt;
  word.remove_prefix(2);
  Heredoc heredoc;
  if (word.starts_with('-')) {
    heredoc.chomp = true;
    word.remove_prefix(1);
  }
  bool quoted = false;
  heredoc.name = unquote(word, quoted);
  heredoc.expand = !quoted;
  // "<<<" is a shell's here-string, "<<" alone nothing.
  if (heredoc.name.empty() || heredoc.name.find('<') != std::string::npos) return std::nullopt;
  return heredoc;
}

std::vector<Heredoc> find_heredocs(std::string_view line, char escape) {
  std::vector<Heredoc> heredocs;
  if (line.find("<<") == std::string_view::npos || !takes_heredocs(line)) return heredocs;
  for (const auto& word : split_quoted(line, escape)) {
    if (auto heredoc = parse_heredoc_word(word)) heredocs.push_back(std::move(*heredoc));
  }
  return heredocs;
}

}  // namespace tare::build
