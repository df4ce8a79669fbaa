// What the *_json.cc files of this module share: reading files that we wrote ourselves.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace tare::engine {

// A file of our own whose fields are those of the struct T. kCorrupt when it is not what we wrote.
template <typename T>
Result<T> parse_own_json(std::string_view text, std::string_view what) {
  try {
    return nlohmann::json::parse(text).get<T>();
  } catch (const nlohmann::json::exception& failure) {
    return Failure(ErrorKind::kCorrupt, "{} cannot be read: {}", what, failure.what());
  }
}

}  // namespace tare::engine
