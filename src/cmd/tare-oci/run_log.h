// What --log, --log-format and --debug ask for. Engines read the last "error" entry of the file to tell their user what
// went wrong; a person reads standard error.
#pragma once

#include <string>

#include "base/result.h"

namespace tare::cmd {

class RunLog {
 public:
  // `path` empty: standard error. kInvalidArgument for a format that is neither "text" nor "json".
  static Result<RunLog> open(std::string path, const std::string& format, bool debug);
  void error(const Error& error) const;
  void debug(const std::string& message) const;

 private:
  enum class Format { kText, kJson };
  RunLog(std::string path, Format format, bool debug) : path_(std::move(path)), format_(format), debug_(debug) {}
  void append(const char* level, const std::string& message) const;

  std::string path_;
  Format format_;
  bool debug_;
};

}  // namespace tare::cmd
