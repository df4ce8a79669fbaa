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

// TARE_JSON_FIELDS(Type, field, …): to_json and from_json of a struct with default member initialisers and operator==.
// A field that has its default is not written: a container's record is a quarter as long, and every command reads some.
// So a default of a stored struct never changes; a new meaning gets a new field.
#define TARE_WRITE_FIELD(field) \
  if (!(value.field == unset.field)) json[#field] = value.field;
#define TARE_READ_FIELD(field) \
  if (const auto found = fields.find(#field); found != fields.end()) found->second.get_to(value.field);
#define TARE_JSON_FIELDS(Type, ...)                                          \
  inline void to_json(nlohmann::json& json, const Type& value) {             \
    static const Type unset;                                                 \
    json = nlohmann::json::object();                                         \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(TARE_WRITE_FIELD, __VA_ARGS__)) \
  }                                                                          \
  inline void from_json(const nlohmann::json& json, Type& value) {           \
    const auto& fields = json.get_ref<const nlohmann::json::object_t&>();    \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(TARE_READ_FIELD, __VA_ARGS__))  \
  }
