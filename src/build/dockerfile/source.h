// A Dockerfile's text, kept for messages: every error about it names the file and the line, and shows that line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::build {

class DockerfileSource {
 public:
  // `name` is how messages call the file. A byte order mark is dropped; lines may end in CRLF.
  DockerfileSource(std::string name, std::string_view text);

  const std::string& name() const { return name_; }
  // Physical lines without their ends; line 1 is lines()[0].
  const std::vector<std::string>& lines() const { return lines_; }
  // "Dockerfile:3: MESSAGE", then the line itself.
  Error error_at(int line, std::string_view message, ErrorKind kind = ErrorKind::kInvalidArgument) const;
  // The same error, with the place put before its text.
  Error located(int line, Error error) const;

 private:
  std::string shown(int line) const;
  std::string name_;
  std::vector<std::string> lines_;
};

}  // namespace tare::build
