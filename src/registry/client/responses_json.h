// The small JSON documents that registries and token servers answer with.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::registry {

struct Token {
  std::string text;
  std::chrono::seconds lifetime{60};  // the token specification's default
};
Result<Token> parse_token(std::string_view json);

// "denied: requested access to the resource is denied" for each error of the body, joined by "; "; empty when the body
// is not an error document. Control characters are left out: the text goes to a terminal.
std::string parse_error_body(std::string_view json);
// Whether one of the errors has this code ("BLOB_UNKNOWN").
bool has_error_code(std::string_view json, std::string_view code);

// The tags of /v2/NAME/tags/list.
Result<std::vector<std::string>> parse_tags(std::string_view json);

}  // namespace tare::registry
