#include "codec/json.h"
#include "supervise/runtime_program.h"

namespace tare::supervise {

std::string last_logged_error(std::string_view log) {
  std::string last;
  for (const auto& line : split(log, '\n')) {
    const auto document = codec::parse_json(line);
    if (!document.ok()) continue;
    const codec::JsonReader entry(*document);
    const auto level = entry.string_or("level", "error");
    const auto message = entry.string_or("msg", "");
    if (level.ok() && message.ok() && !message->empty() && (*level == "error" || *level == "fatal")) last = *message;
  }
  return last;
}

}  // namespace tare::supervise
