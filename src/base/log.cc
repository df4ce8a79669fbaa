#include "base/log.h"

#include <unistd.h>

namespace tare {
namespace {

LogLevel current_level = LogLevel::kInfo;  // set once by main, before any thread
std::string program_name = "tare";

}  // namespace

void set_log_level(LogLevel level) { current_level = level; }
void set_program_name(std::string_view name) { program_name = name; }

void log_message(LogLevel level, std::string_view message) {
  if (level > current_level) return;
  const std::string_view severity = level == LogLevel::kWarning ? "warning: "
                                    : level == LogLevel::kDebug ? "debug: "
                                                                : "";
  const std::string line = formatted("{}: {}{}\n", program_name, severity, message);
  // One write, so that lines of several programs on one terminal do not mix. A lost message has no one to tell.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void print_error(const Error& error) {
  std::string message = error.text();
  if (!error.hint().empty()) message += formatted("\n  hint: {}", error.hint());
  if (current_level == LogLevel::kDebug) message += formatted("\n  at {}:{}", error.origin().file, error.origin().line);
  log_message(LogLevel::kError, message);
}

}  // namespace tare
