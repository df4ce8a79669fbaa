// Signals by name ("KILL", "SIGKILL") or number.
#pragma once

#include <optional>
#include <string_view>

namespace tare::cmd {

std::optional<int> parse_signal(std::string_view text);

}  // namespace tare::cmd
