#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file.h"
#include "run_log.h"

namespace tare::cmd {

Result<RunLog> RunLog::open(std::string path, const std::string& format, bool debug) {
  if (format != "text" && format != "json") {
    return Failure(ErrorKind::kInvalidArgument, "invalid log-format: {}", format);
  }
  return RunLog(std::move(path), format == "json" ? Format::kJson : Format::kText, debug);
}

void RunLog::error(const Error& error) const {
  if (!path_.empty() || format_ == Format::kJson) append("error", error.text());
  if (!path_.empty() || format_ == Format::kText) print_error(error);
}

void RunLog::debug(const std::string& message) const {
  if (debug_) append("debug", message);
}

void RunLog::append(const char* level, const std::string& message) const {
  const std::string time = format_rfc3339(now());
  const std::string line = format_ == Format::kJson
                               ? codec::dump_json({{"level", level}, {"msg", message}, {"time", time}})
                               : formatted("time=\"{}\" level={} msg={}", time, level, codec::dump_json(message));
  if (path_.empty()) {
    (void)os::write_all(BorrowedFd(STDERR_FILENO), line + "\n", "standard error").ok();
    return;
  }
  const auto file = os::open(path_, O_WRONLY | O_CREAT | O_APPEND, 0644);
  // Standard error has the message already.
  if (file.ok()) (void)os::write_all(*file, line + "\n", path_).ok();
}

}  // namespace tare::cmd
