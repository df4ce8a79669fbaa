// From physical lines to logical ones: parser directives, comments, continuation lines and heredocs, as BuildKit's
// parser reads them.
#pragma once

#include <string>
#include <vector>

#include "build/dockerfile/source.h"

namespace tare::build {

// `<<EOF`, `<<-EOF` (leading tabs dropped), `<<"EOF"` (no expansion).
struct Heredoc {
  std::string name;
  bool expand = true;
  bool chomp = false;
  std::string content;  // every line with its '\n'
};

struct LogicalLine {
  int line = 0;      // where it begins
  std::string text;  // continuation lines joined, comments dropped, no blanks around
  std::vector<Heredoc> heredocs;
};

struct LogicalLines {
  char escape = '\\';
  std::vector<LogicalLine> lines;
};

// Fails on a bad or repeated directive, and on a heredoc that does not end.
Result<LogicalLines> read_logical_lines(const DockerfileSource& source);

}  // namespace tare::build
