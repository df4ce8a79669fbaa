// Reading the parts of config.json: one `decode` per type, and `take`, which reads a member into a field and leaves the
// field at its default when the member is absent, so that a type's decoder is the list of its members. Included by
// runtime_spec_*json.cc only.
#pragma once

#include <limits>
#include <type_traits>

#include "codec/json.h"
#include "oci/runtime_spec.h"

namespace tare::oci {

using codec::JsonReader;

Result<void> decode(const JsonReader& json, Process& process);
Result<void> decode(const JsonReader& json, Resources& resources);
Result<void> decode(const JsonReader& json, Seccomp& seccomp);
Result<void> decode(const JsonReader& json, IdMapping& mapping);
Result<void> decode(const JsonReader& json, LinuxSection& section);

inline Result<void> decode(const JsonReader& json, std::string& text) {
  text = TRY(json.as_string());
  return {};
}

inline Result<void> decode(const JsonReader& json, bool& value) {
  value = TRY(json.as_boolean());
  return {};
}

inline Result<void> decode(const JsonReader& json, std::map<std::string, std::string>& map) {
  map = TRY(json.as_string_map());
  return {};
}

template <typename T>
requires(std::is_integral_v<T>&& std::is_unsigned_v<T>) Result<void> decode(const JsonReader& json, T& number) {
  const uint64_t value = TRY(json.as_unsigned());
  if (value > std::numeric_limits<T>::max()) return json.error("the number is too large");
  number = static_cast<T>(value);
  return {};
}

template <typename T>
requires(std::is_integral_v<T>&& std::is_signed_v<T>) Result<void> decode(const JsonReader& json, T& number) {
  const int64_t value = TRY(json.as_integer());
  if (value > std::numeric_limits<T>::max() || value < std::numeric_limits<T>::min()) {
    return json.error("the number is too large");
  }
  number = static_cast<T>(value);
  return {};
}

template <typename T>
Result<void> decode(const JsonReader& json, std::optional<T>& field) {
  T value{};
  TRY(decode(json, value));
  field = std::move(value);
  return {};
}

template <typename T>
Result<void> decode(const JsonReader& json, std::vector<T>& list) {
  list.clear();
  for (const auto& element : TRY(json.as_elements())) {
    T value{};
    TRY(decode(element, value));
    list.push_back(std::move(value));
  }
  return {};
}

template <typename T>
Result<void> decode(const JsonReader& json, std::map<std::string, T>& map) {
  map.clear();
  for (const auto& [name, member] : TRY(json.as_members())) TRY(decode(member, map[name]));
  return {};
}

template <typename T>
Result<void> take(const JsonReader& object, const char* key, T& field) {
  const auto member = TRY(object.find(key));
  if (!member) return {};
  return decode(*member, field);
}

template <typename T>
Result<void> take_required(const JsonReader& object, const char* key, T& field) {
  const auto member = TRY(object.require(key));
  return decode(member, field);
}

// Names members that these types have no field for.
inline Result<void> note_unsupported(const JsonReader& object, std::initializer_list<const char*> keys,
                                     std::vector<std::string>& names) {
  for (const char* key : keys) {
    const auto member = TRY(object.find(key));
    if (member) names.push_back(member->path());
  }
  return {};
}

}  // namespace tare::oci
