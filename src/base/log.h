// Messages to the person at the terminal: standard error, one line each, prefixed with the program's name.
// An error is printed where it stops, never where it passes by.
#pragma once

#include <string_view>

#include "base/error.h"

namespace tare {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

void set_log_level(LogLevel level);
void set_program_name(std::string_view name);
void log_message(LogLevel level, std::string_view message);
// "tare: text", then "  hint: …" when there is one, and the origin under kDebug.
void print_error(const Error& error);

inline void log_warning(std::string_view message) { log_message(LogLevel::kWarning, message); }
inline void log_debug(std::string_view message) { log_message(LogLevel::kDebug, message); }

}  // namespace tare
