// The request target (RFC 9112, section 3.2.1): path segments and query parameters, percent-decoded. Segments are split
// before they are decoded, so that "%2f" never makes a separator.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tare::http {

struct Target {
  std::vector<std::string> segments;  // "/v2/" is {"v2", ""}
  std::vector<std::pair<std::string, std::string>> query;

  // kInvalidArgument for what does not begin with "/" and for a broken escape.
  static Result<Target> parse(std::string_view text);
  std::optional<std::string_view> find(std::string_view parameter) const;  // the first of that name
  std::vector<std::string> find_all(std::string_view parameter) const;
};

// "%41+b" gives "A+b"; '+' stands for a blank only where `plus_is_blank`, in queries.
enum class Plus { kLiteral, kBlank };
Result<std::string> percent_decode(std::string_view text, Plus plus);
// Everything but RFC 3986's unreserved characters is escaped.
std::string percent_encode(std::string_view text);

// Matches segments against a pattern such as "/v2/<name>/tags/list". A parameter stands for one segment that is not
// empty; "<name>" alone stands for one or more, joined by '/'. Nothing when it does not match.
using Parameters = std::map<std::string, std::string, std::less<>>;
std::optional<Parameters> match_pattern(std::string_view pattern, const std::vector<std::string>& segments);

}  // namespace tare::http
