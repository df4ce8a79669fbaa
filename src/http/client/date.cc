#include "http/client/date.h"

#include <curl/curl.h>

namespace tare::http {

std::optional<TimePoint> parse_http_date(const std::string& text) {
  // libcurl also takes a bare number for a date ("2026"): no HTTP date begins with a digit.
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return std::nullopt;
  const time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds == -1) return std::nullopt;
  return TimePoint(std::chrono::seconds(seconds));
}

}  // namespace tare::http
