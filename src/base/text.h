// Text: formatting and the few string operations that std lacks.
#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tare {

// fmt's formatting, compiled once (base/text.cc) so that no other file pays for it. Not called format: std::format of
// newer standard libraries would be found beside it.
std::string format_arguments(fmt::string_view text, fmt::format_args args);

template <typename... Args>
std::string formatted(fmt::format_string<Args...> text, Args&&... args) {
  return format_arguments(text, fmt::make_format_args(args...));
}

std::vector<std::string> split(std::string_view text, char separator);  // "a::b" gives three parts; "" gives one
// The text before and after the first separator; nothing when there is none.
std::optional<std::pair<std::string_view, std::string_view>> cut(std::string_view text, char separator);
std::string_view trim(std::string_view text);  // without blanks, tabs and line ends on both sides
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view text);  // ASCII only, whatever the locale
std::string hex(std::string_view bytes);

// A whole decimal number that fits into 64 bits, without sign or blanks; nothing otherwise.
std::optional<unsigned long long> parse_unsigned(std::string_view text);
std::optional<long long> parse_signed(std::string_view text);

// "64m", "1g", "512", "1.5GiB", "10kB" in bytes, as Docker reads sizes: every unit is binary, case does not matter.
std::optional<unsigned long long> parse_size(std::string_view text);
// Docker's human sizes: decimal with up to 4 digits ("12.3MB") and binary ("11.7MiB").
std::string format_decimal_size(unsigned long long bytes);
std::string format_binary_size(unsigned long long bytes);

// The candidate nearest to a misspelt word, for "did you mean"; nothing when none is near.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tare
