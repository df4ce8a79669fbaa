// Times as users and files see them. A TimePoint counts from 1970 UTC with nanoseconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tare {

using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

TimePoint now();
// RFC 3339 in UTC: "2026-11-23T10:00:00.123456789Z" (always nine digits), and without the fraction.
std::string format_rfc3339_nano(TimePoint time);
std::string format_rfc3339(TimePoint time);
// RFC 3339 with any offset and fraction, also without time ("2026-11-23") as Docker's --since takes it.
std::optional<TimePoint> parse_rfc3339(std::string_view text);
// Go durations: "1h30m", "500ms", "-2s", "1.5s". Plain numbers are refused.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
// Docker's words: "Less than a second", "5 seconds", "About a minute", "3 hours", "2 weeks".
std::string format_human_duration(std::chrono::nanoseconds duration);

}  // namespace tare
