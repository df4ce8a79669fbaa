// Dates of HTTP headers (RFC 9110, 5.6.7, all three formats).
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace tare::http {

std::optional<TimePoint> parse_http_date(const std::string& text);

}  // namespace tare::http
