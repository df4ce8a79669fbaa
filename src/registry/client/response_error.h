// A registry's refusal as an Error: the kind from the status, the text from the body.
#pragma once

#include <string_view>

#include "base/error.h"
#include "http/client/client.h"

namespace tare::registry {

ErrorKind status_kind(int status);
// "DOING: denied: requested access to the resource is denied", or "DOING: HOST answers 502". Reads the body.
Error response_error(http::Response& response, std::string_view doing);
// Reads what is left of a small body, so that the connection can serve again.
void discard_body(http::Response& response);

}  // namespace tare::registry
