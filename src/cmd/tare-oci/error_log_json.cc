#include <fcntl.h>

#include "base/clock.h"
#include "codec/json.h"
#include "error_log.h"
#include "os/file.h"

namespace tare::cmd {

void log_error_to_file(const Error& error, const std::string& path, const std::string& format) {
  if (path.empty()) return;
  const codec::Json entry{{"level", "error"}, {"msg", error.text()}, {"time", format_rfc3339(now())}};
  const std::string line = format == "json" ? codec::dump_json(entry)
                                            : formatted("time=\"{}\" level=error msg={}", format_rfc3339(now()),
                                                        codec::dump_json(error.text()));
  const auto file = os::open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  // Standard error has the message already.
  if (file.ok()) (void)os::write_all(*file, line + "\n", path).ok();
}

}  // namespace tare::cmd
