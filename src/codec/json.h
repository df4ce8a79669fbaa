// JSON of unknown origin without surprises: parsing gives a Result, and reading a field of the wrong type gives an
// error with the field's path ("config.Env[2]: expected a string, found a number"). Included only by *_json.cc files,
// because nlohmann/json is slow to compile.
//
//   auto document = TRY(parse_json(text));
//   const JsonReader root(document);
//   config.user = TRY(root.string_or("User", ""));
//   auto layers = TRY(root.elements("layers"));
//
// null counts as absent everywhere, and of two equal keys the last wins: both as Go's encoding/json has it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace tare::codec {

using Json = nlohmann::json;  // its objects are sorted by key

struct JsonLimits {
  size_t size = size_t{8} << 20;
  size_t depth = 64;
};

// kCorrupt for what is no JSON (with line and column), or exceeds a limit.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});
// Canonical: sorted keys, no blanks, '<' and '/' as they are; invalid UTF-8 becomes U+FFFD.
std::string dump_json(const Json& value);
// The same with an indentation of `spaces`, for people.
std::string dump_json_indented(const Json& value, int spaces);

// Converts a struct's field list: adds `key` only when the value is not empty (Go's omitempty).
template <typename T>
void add_unless_empty(Json& object, const char* key, const T& value) {
  if (!value.empty()) object[key] = value;
}

// A value in a document. Borrows the document, which must not change: a value's path is found only when an error needs
// it, by looking for the value's address.
class JsonReader {
 public:
  // `name` is what paths begin with: a literal.
  explicit JsonReader(const Json& document, const char* name = "")
      : document_(&document), value_(&document), name_(name) {}

  const Json& value() const { return *value_; }
  std::string path() const;
  // kCorrupt, "PATH: MESSAGE".
  Error error(std::string_view message) const;

  // The value itself; an error when it has another type. as_unsigned refuses negative numbers, both refuse fractions.
  Result<std::string> as_string() const;
  Result<int64_t> as_integer() const;
  Result<uint64_t> as_unsigned() const;
  Result<double> as_number() const;
  Result<bool> as_boolean() const;
  Result<std::vector<JsonReader>> as_elements() const;
  Result<std::vector<std::pair<std::string, JsonReader>>> as_members() const;
  Result<std::vector<std::string>> as_strings() const;
  Result<std::map<std::string, std::string>> as_string_map() const;

  // A member of this object; absent is nothing, this value being no object is an error.
  Result<std::optional<JsonReader>> find(std::string_view key) const;
  Result<JsonReader> require(std::string_view key) const;  // absent is an error: "PATH.KEY: missing"

  Result<std::string> string(std::string_view key) const;  // required
  Result<int64_t> integer(std::string_view key) const;
  Result<uint64_t> unsigned_integer(std::string_view key) const;

  Result<std::string> string_or(std::string_view key, std::string_view fallback) const;
  Result<int64_t> integer_or(std::string_view key, int64_t fallback) const;
  Result<uint64_t> unsigned_or(std::string_view key, uint64_t fallback) const;
  Result<double> number_or(std::string_view key, double fallback) const;
  Result<bool> boolean_or(std::string_view key, bool fallback) const;
  Result<std::optional<std::string>> find_string(std::string_view key) const;
  Result<std::optional<int64_t>> find_integer(std::string_view key) const;
  Result<std::optional<bool>> find_boolean(std::string_view key) const;
  // Empty when absent.
  Result<std::vector<JsonReader>> elements(std::string_view key) const;
  Result<std::vector<std::pair<std::string, JsonReader>>> members(std::string_view key) const;
  Result<std::vector<std::string>> strings(std::string_view key) const;
  Result<std::map<std::string, std::string>> string_map(std::string_view key) const;
  // Distinguishes absent from empty, as Docker does for Cmd and Entrypoint.
  Result<std::optional<std::vector<std::string>>> find_strings(std::string_view key) const;

 private:
  Error wrong_type(std::string_view expected) const;
  JsonReader(const JsonReader& parent, const Json& value)
      : document_(parent.document_), value_(&value), name_(parent.name_) {}
  const Json* document_;
  const Json* value_;
  const char* name_;
};

}  // namespace tare::codec
