// Base64 (RFC 4648), for credentials and tokens.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::codec {

std::string encode_base64(std::string_view bytes);      // standard alphabet, padded
std::string encode_base64_url(std::string_view bytes);  // URL-safe alphabet, not padded
// Reads both alphabets, padded or not; anything else is kInvalidArgument.
Result<std::string> decode_base64(std::string_view text);

}  // namespace tare::codec
