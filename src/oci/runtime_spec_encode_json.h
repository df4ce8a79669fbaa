// Writing the parts of config.json: one `encode` per type, and `put`, which leaves out what is empty, as Go's omitempty
// does. Included by runtime_spec_write*_json.cc only.
#pragma once

#include "codec/json.h"
#include "oci/runtime_spec.h"

namespace tare::oci {

using codec::Json;

Json encode(const Process& process);
Json encode(const IdMapping& mapping);
Json encode(const Resources& resources);
Json encode(const LinuxSection& section);

template <typename T>
requires std::is_arithmetic_v<T> Json encode(T value) { return value; }
inline Json encode(const std::string& text) { return text; }

inline bool is_empty(const Json& json) {
  return json.is_null() || (json.is_structured() && json.empty()) ||
         (json.is_string() && json.get_ref<const std::string&>().empty());
}

template <typename T>
void put(Json& object, const char* key, const T& value) {
  Json json = encode(value);
  if (!is_empty(json)) object[key] = std::move(json);
}

template <typename T>
void put(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = encode(*value);
}

template <typename T>
void put(Json& object, const char* key, const std::vector<T>& list) {
  if (list.empty()) return;
  Json array = Json::array();
  for (const auto& element : list) array.push_back(encode(element));
  object[key] = std::move(array);
}

inline void put(Json& object, const char* key, const std::map<std::string, std::string>& map) {
  if (!map.empty()) object[key] = map;
}

template <typename T>
void put(Json& object, const char* key, const std::map<std::string, T>& map) {
  Json members = Json::object();
  for (const auto& [name, value] : map) members[name] = encode(value);
  if (!map.empty()) object[key] = std::move(members);
}

inline void put_if(Json& object, const char* key, bool value) {
  if (value) object[key] = true;
}

}  // namespace tare::oci
