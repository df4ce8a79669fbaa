#include "signal_names.h"

#include <signal.h>
#include <string.h>

#include <string>

#include "base/text.h"

namespace tare::cmd {

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_unsigned(text)) {
    return *number < NSIG ? std::optional(static_cast<int>(*number)) : std::nullopt;
  }
  std::string name = to_lower(text);
  if (name.starts_with("sig")) name.erase(0, 3);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr && to_lower(known) == name) return signal;
  }
  if (!name.starts_with("rtmin")) return std::nullopt;
  const auto offset = name.size() > 5 ? parse_unsigned(std::string_view(name).substr(6)) : 0ULL;
  if (!offset || SIGRTMIN + static_cast<int>(*offset) > SIGRTMAX) return std::nullopt;
  return SIGRTMIN + static_cast<int>(*offset);
}

}  // namespace tare::cmd
