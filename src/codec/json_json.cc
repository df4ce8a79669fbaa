#include "codec/json.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace tare::codec {
namespace {

// nlohmann parses without recursion but prints and compares with it, so depth is bounded before anything is built.
bool deeper_than(std::string_view text, size_t limit) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// The library's text without its "[json.exception.parse_error.101] parse error at …: " preamble.
std::string explain(const nlohmann::json::exception& failure) {
  const std::string_view text = failure.what();
  const size_t end = text.find("] ");
  return std::string(end == std::string_view::npos ? text : text.substr(end + 2));
}

std::string_view type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

// A number written as 1e3 or 1.0 is integral all the same; 2^53 bounds what a double says exactly.
std::optional<int64_t> integral(double number) {
  constexpr double kExact = 9007199254740992.0;
  if (std::trunc(number) != number || std::abs(number) > kExact) return {};
  return static_cast<int64_t>(number);
}

std::string member_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : formatted("{}.{}", path, key);
}

// The path of the value at the address `wanted`, below `value`, whose own path is `path`.
std::optional<std::string> find_path(const Json& value, const Json* wanted, const std::string& path) {
  if (&value == wanted) return path;
  if (!value.is_structured()) return std::nullopt;
  size_t index = 0;
  for (const auto& [key, element] : value.items()) {
    const auto below = value.is_array() ? formatted("{}[{}]", path, index++) : member_path(path, key);
    if (auto found = find_path(element, wanted, below)) return found;
  }
  return std::nullopt;
}

}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.size) return Failure(ErrorKind::kCorrupt, "JSON of more than {} bytes", limits.size);
  if (deeper_than(text, limits.depth)) return Failure(ErrorKind::kCorrupt, "JSON nested deeper than {}", limits.depth);
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& failure) {
    return Failure(ErrorKind::kCorrupt, "invalid JSON: {}", explain(failure));
  }
}

std::string dump_json(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string dump_json_indented(const Json& value, int spaces) {
  return value.dump(spaces, ' ', false, Json::error_handler_t::replace);
}

std::string JsonReader::path() const { return find_path(*document_, value_, name_).value_or(name_); }

Error JsonReader::error(std::string_view message) const {
  const auto where = path();
  return Failure(ErrorKind::kCorrupt, "{}: {}", where.empty() ? "document" : where, message);
}

Error JsonReader::wrong_type(std::string_view expected) const {
  return error(formatted("expected {}, found {}", expected, type_name(*value_)));
}

Result<std::string> JsonReader::as_string() const {
  if (!value_->is_string()) return wrong_type("a string");
  return value_->get_ref<const std::string&>();
}

Result<int64_t> JsonReader::as_integer() const {
  if (value_->is_number_unsigned()) {
    const auto number = value_->get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return error("number too large");
    return static_cast<int64_t>(number);
  }
  if (value_->is_number_integer()) return value_->get<int64_t>();
  if (!value_->is_number_float()) return wrong_type("a whole number");
  const auto number = integral(value_->get<double>());
  if (!number) return error("expected a whole number, found a fraction or a number too large");
  return *number;
}

Result<uint64_t> JsonReader::as_unsigned() const {
  if (value_->is_number_unsigned()) return value_->get<uint64_t>();
  const int64_t number = TRY(as_integer());
  if (number < 0) return error("expected a number of 0 or more, found a negative one");
  return static_cast<uint64_t>(number);
}

Result<double> JsonReader::as_number() const {
  if (!value_->is_number()) return wrong_type("a number");
  return value_->get<double>();
}

Result<bool> JsonReader::as_boolean() const {
  if (!value_->is_boolean()) return wrong_type("a boolean");
  return value_->get<bool>();
}

Result<std::vector<JsonReader>> JsonReader::as_elements() const {
  if (!value_->is_array()) return wrong_type("an array");
  std::vector<JsonReader> elements;
  elements.reserve(value_->size());
  for (const Json& element : *value_) elements.push_back(JsonReader(*this, element));
  return elements;
}

Result<std::vector<std::pair<std::string, JsonReader>>> JsonReader::as_members() const {
  if (!value_->is_object()) return wrong_type("an object");
  std::vector<std::pair<std::string, JsonReader>> members;
  members.reserve(value_->size());
  for (const auto& [key, value] : value_->items()) members.emplace_back(key, JsonReader(*this, value));
  return members;
}

Result<std::vector<std::string>> JsonReader::as_strings() const {
  std::vector<std::string> strings;
  const auto elements = TRY(as_elements());
  for (const JsonReader& element : elements) strings.push_back(TRY(element.as_string()));
  return strings;
}

Result<std::map<std::string, std::string>> JsonReader::as_string_map() const {
  std::map<std::string, std::string> map;
  const auto entries = TRY(as_members());
  for (const auto& [key, value] : entries) {
    // Go reads null into a string map as an empty string.
    map[key] = value.value().is_null() ? std::string() : TRY(value.as_string());
  }
  return map;
}

Result<std::optional<JsonReader>> JsonReader::find(std::string_view key) const {
  if (!value_->is_object()) return wrong_type("an object");
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::optional<JsonReader>();
  return std::optional<JsonReader>(JsonReader(*this, *found));
}

Result<JsonReader> JsonReader::require(std::string_view key) const {
  auto member = TRY(find(key));
  if (!member) return Failure(ErrorKind::kCorrupt, "{}: missing", member_path(path(), key));
  return *std::move(member);
}

Result<std::string> JsonReader::string(std::string_view key) const {
  const auto member = TRY(require(key));
  return member.as_string();
}

Result<int64_t> JsonReader::integer(std::string_view key) const {
  const auto member = TRY(require(key));
  return member.as_integer();
}

Result<uint64_t> JsonReader::unsigned_integer(std::string_view key) const {
  const auto member = TRY(require(key));
  return member.as_unsigned();
}

Result<std::string> JsonReader::string_or(std::string_view key, std::string_view fallback) const {
  const auto member = TRY(find(key));
  return member ? member->as_string() : std::string(fallback);
}

Result<int64_t> JsonReader::integer_or(std::string_view key, int64_t fallback) const {
  const auto member = TRY(find(key));
  return member ? member->as_integer() : fallback;
}

Result<uint64_t> JsonReader::unsigned_or(std::string_view key, uint64_t fallback) const {
  const auto member = TRY(find(key));
  return member ? member->as_unsigned() : fallback;
}

Result<double> JsonReader::number_or(std::string_view key, double fallback) const {
  const auto member = TRY(find(key));
  return member ? member->as_number() : fallback;
}

Result<bool> JsonReader::boolean_or(std::string_view key, bool fallback) const {
  const auto member = TRY(find(key));
  return member ? member->as_boolean() : fallback;
}

Result<std::optional<std::string>> JsonReader::find_string(std::string_view key) const {
  const auto member = TRY(find(key));
  if (!member) return std::optional<std::string>();
  return std::optional(TRY(member->as_string()));
}

Result<std::optional<int64_t>> JsonReader::find_integer(std::string_view key) const {
  const auto member = TRY(find(key));
  if (!member) return std::optional<int64_t>();
  return std::optional(TRY(member->as_integer()));
}

Result<std::optional<bool>> JsonReader::find_boolean(std::string_view key) const {
  const auto member = TRY(find(key));
  if (!member) return std::optional<bool>();
  return std::optional(TRY(member->as_boolean()));
}

Result<std::vector<JsonReader>> JsonReader::elements(std::string_view key) const {
  const auto member = TRY(find(key));
  return member ? member->as_elements() : std::vector<JsonReader>();
}

Result<std::vector<std::pair<std::string, JsonReader>>> JsonReader::members(std::string_view key) const {
  const auto member = TRY(find(key));
  return member ? member->as_members() : std::vector<std::pair<std::string, JsonReader>>();
}

Result<std::vector<std::string>> JsonReader::strings(std::string_view key) const {
  const auto member = TRY(find(key));
  return member ? member->as_strings() : std::vector<std::string>();
}

Result<std::map<std::string, std::string>> JsonReader::string_map(std::string_view key) const {
  const auto member = TRY(find(key));
  return member ? member->as_string_map() : std::map<std::string, std::string>();
}

Result<std::optional<std::vector<std::string>>> JsonReader::find_strings(std::string_view key) const {
  const auto member = TRY(find(key));
  if (!member) return std::optional<std::vector<std::string>>();
  return std::optional(TRY(member->as_strings()));
}

}  // namespace tare::codec
