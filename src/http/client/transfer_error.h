// What libcurl's failures mean to a user and to a caller that might try again.
#pragma once

#include <curl/curl.h>

#include <string_view>

#include "base/error.h"

namespace tare::http {

// `doing` is "GET host:port"; `number` the errno of the socket, 0 for none; `message` libcurl's own words.
// kUnavailable: trying again may help. kPermissionDenied: the peer's certificate is not trusted.
// kUnsupported: the peer does not speak TLS as we do, or not at all.
Error transfer_error(CURLcode code, int number, std::string_view doing, std::string_view message);

}  // namespace tare::http
