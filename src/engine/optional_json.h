// std::optional in JSON: absent when empty. Only for the *_json.cc files of this module.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

namespace nlohmann {

template <typename T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& value, const std::optional<T>& optional) {
    value = optional ? json(*optional) : json(nullptr);
  }
  static void from_json(const json& value, std::optional<T>& optional) {
    if (value.is_null())
      optional.reset();
    else
      optional = value.get<T>();
  }
};

}  // namespace nlohmann
