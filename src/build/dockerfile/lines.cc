#include "build/dockerfile/lines.h"

#include <array>
#include <set>

#include "build/dockerfile/words.h"

namespace tare::build {
namespace {

std::string_view trim_left(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\v\f\r");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

bool is_comment(std::string_view line) { return trim_left(line).starts_with('#'); }

// "# escape=`": the name in lower case and the value; nothing for an ordinary comment.
std::optional<std::pair<std::string, std::string>> parse_directive(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('#')) return std::nullopt;
  const auto parts = cut(line.substr(1), '=');
  if (!parts) return std::nullopt;
  const auto name = trim(parts->first);
  if (name.empty() || name.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  return std::pair(to_lower(name), std::string(trim(parts->second)));
}

Result<void> check_directive(const std::string& name, const std::string& value) {
  if (name == "escape" && value != "\\" && value != "`") {
    return Failure(ErrorKind::kInvalidArgument, "invalid escape token '{}': it must be ` or \\", value);
  }
  // Other frontends are programs in images of their own, with languages of their own.
  if (name == "syntax" && value.find("docker/dockerfile") == std::string::npos) {
    return Failure(ErrorKind::kUnsupported, "the frontend {} is not supported: only docker/dockerfile is", value);
  }
  return {};
}

class Reader {
 public:
  explicit Reader(const DockerfileSource& source) : source_(source) {}

  Result<LogicalLines> read() {
    TRY(read_directives());
    while (next_ < source_.lines().size()) {
      const auto& line = source_.lines()[next_++];
      if (is_comment(line) || trim(line).empty()) continue;
      TRY(read_logical(line));
    }
    return std::move(result_);
  }

 private:
  int number() const { return static_cast<int>(next_); }  // of the line that was read last

  // Directives stand before everything else; the first line that is none ends them.
  Result<void> read_directives() {
    std::set<std::string> seen;
    for (; next_ < source_.lines().size(); ++next_) {
      const auto directive = parse_directive(source_.lines()[next_]);
      if (!directive) return {};
      const auto& [name, value] = *directive;
      if (name != "escape" && name != "syntax" && name != "check") continue;  // a comment of that form
      const int line = number() + 1;
      if (!seen.insert(name).second) {
        return source_.error_at(line, formatted("only one {} parser directive can be used", name));
      }
      if (auto checked = check_directive(name, value); !checked.ok()) {
        return source_.located(line, std::move(checked).error());
      }
      if (name == "escape") result_.escape = value[0];
    }
    return {};
  }

  // Cuts the escape character (and blanks after it) from the end of a line that continues; a doubled one is text.
  bool cut_continuation(std::string& line) const {
    const size_t last = line.find_last_not_of(" \t");
    if (last == std::string::npos || line[last] != result_.escape) return false;
    if (last > 0 && line[last - 1] == result_.escape) return false;
    line.resize(last);
    return true;
  }

  Result<void> read_logical(const std::string& first) {
    LogicalLine logical;
    logical.line = number();
    std::string part(trim_left(first));
    bool continues = cut_continuation(part);
    logical.text = part;
    while (continues && next_ < source_.lines().size()) {
      part = source_.lines()[next_++];
      // Comments and empty lines inside a continued instruction do not end it.
      if (is_comment(part) || trim(part).empty()) continue;
      continues = cut_continuation(part);
      logical.text += part;
    }
    logical.text = std::string(trim(logical.text));
    if (logical.text.empty()) return {};
    logical.heredocs = find_heredocs(logical.text, result_.escape);
    for (auto& heredoc : logical.heredocs) TRY(read_heredoc(heredoc, logical.line));
    result_.lines.push_back(std::move(logical));
    return {};
  }

  Result<void> read_heredoc(Heredoc& heredoc, int start) {
    while (next_ < source_.lines().size()) {
      std::string_view line = source_.lines()[next_++];
      if (heredoc.chomp) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
      if (line == heredoc.name) return {};
      heredoc.content += line;
      heredoc.content += '\n';
    }
    return source_.error_at(start, formatted("unterminated heredoc: no line is just {}", heredoc.name));
  }

  const DockerfileSource& source_;
  size_t next_ = 0;
  LogicalLines result_;
};

}  // namespace

Result<LogicalLines> read_logical_lines(const DockerfileSource& source) { return Reader(source).read(); }

}  // namespace tare::build
