// Values of options from their words, and the one text of their errors.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace tare::cmd {

Error bad_option(std::string_view option, std::string_view value, std::string_view expected);

// An empty text leaves `target` as it is.
Result<void> read_size(std::string_view option, const std::string& text, std::optional<int64_t>& target);

template <typename Number>
Result<void> read_number(std::string_view option, const std::string& text, std::optional<Number>& target) {
  if (text.empty()) return {};
  const auto number = parse_signed(text);
  if (!number || !std::in_range<Number>(*number)) return bad_option(option, text, "expected a whole number");
  target = static_cast<Number>(*number);
  return {};
}

Result<int64_t> read_duration(std::string_view option, const std::string& text);  // nanoseconds; empty: 0

// The lines of a file that are neither empty nor comments.
Result<std::vector<std::string>> read_lines(const std::string& option, const std::string& path);
// "NAME=value", or "NAME" alone with an empty value.
void add_pair(std::map<std::string, std::string>& map, const std::string& entry);

}  // namespace tare::cmd
