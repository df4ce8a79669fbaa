#include "runtime/plan/scope_annotations.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace tare::runtime {
namespace {

struct Value {
  std::string type;  // of D-Bus: "b", "t", "s", "as"
  std::string text;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The one escaped character after a backslash; nothing when GVariant has no such escape, or it is a code point.
std::optional<char> unescape(char escaped) {
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
  if (escaped == '\\' || escaped == '\'' || escaped == '"') return escaped;
  const size_t index = kLetters.find(escaped);
  return index == std::string_view::npos ? std::nullopt : std::optional(kMeanings[index]);
}

// Takes a string in either kind of quotes off the front of `rest`.
std::optional<std::string> take_string(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '\'' && rest.front() != '"')) return std::nullopt;
  const char quote = rest.front();
  std::string text;
  for (size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == quote) {
      rest.remove_prefix(at + 1);
      return text;
    }
    if (rest[at] != '\\') {
      text += rest[at];
      continue;
    }
    const auto meant = ++at < rest.size() ? unescape(rest[at]) : std::nullopt;
    if (!meant) return std::nullopt;
    text += *meant;
  }
  return std::nullopt;
}

std::optional<std::string> read_string(std::string_view text) {
  auto string = take_string(text);
  return text.empty() ? string : std::nullopt;
}

std::optional<Value> read_list(std::string_view rest) {
  std::vector<std::string> elements;
  rest = trim(rest.substr(1));
  while (!rest.starts_with(']')) {
    const auto element = take_string(rest);
    if (!element || element->find('\n') != std::string::npos) return std::nullopt;
    elements.push_back(*element);
    rest = trim(rest);
    if (rest.starts_with(',')) {
      rest = trim(rest.substr(1));
    } else if (!rest.starts_with(']')) {
      return std::nullopt;
    }
  }
  if (rest != "]" || elements.empty()) return std::nullopt;
  return Value{"as", join(elements, "\n")};
}

template <typename T>
std::optional<std::string> read_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const bool is_hexadecimal = text.starts_with("0x");
  if (is_hexadecimal) text.remove_prefix(2);
  std::string digits = (negative ? "-" : "") + std::string(text);
  T number{};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hexadecimal ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::to_string(number);
}

std::optional<std::string> read_double(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && end == text.c_str() + text.size() && std::isfinite(number);
  return whole ? std::optional(text) : std::nullopt;
}

std::optional<std::string> read_boolean(std::string_view text) {
  if (text != "true" && text != "false") return std::nullopt;
  return std::string(text == "true" ? "1" : "0");
}

struct Kind {
  std::string_view word;
  char type;
  std::optional<std::string> (*read)(std::string_view text);
};

constexpr Kind kKinds[] = {
    {"boolean", 'b', read_boolean},
    {"byte", 'y', read_integer<uint8_t>},
    {"int16", 'n', read_integer<int16_t>},
    {"uint16", 'q', read_integer<uint16_t>},
    {"int32", 'i', read_integer<int32_t>},
    {"uint32", 'u', read_integer<uint32_t>},
    {"int64", 'x', read_integer<int64_t>},
    {"uint64", 't', read_integer<uint64_t>},
    {"double", 'd', [](std::string_view text) { return read_double(std::string(text)); }},
    {"string", 's', read_string},
    {"objectpath", 'o', read_string},
};

std::optional<Value> read_as(const Kind& kind, std::string_view text) {
  auto read = kind.read(text);
  return read ? std::optional(Value{std::string(1, kind.type), std::move(*read)}) : std::nullopt;
}

// The type is told by a word in front ("uint64 5") or by a letter ("@t 5"), or is what GVariant takes by itself.
std::optional<Value> read_value(std::string_view text) {
  if (text.starts_with("@as ")) text = trim(text.substr(4));
  if (text.starts_with('[')) return read_list(text);
  if (const auto parts = cut(text, ' ')) {
    for (const auto& kind : kKinds) {
      const bool by_letter = parts->first.size() == 2 && parts->first[0] == '@' && parts->first[1] == kind.type;
      if (by_letter || parts->first == kind.word) return read_as(kind, trim(parts->second));
    }
  }
  for (const std::string_view word : {"boolean", "string", "int32", "double"}) {
    for (const auto& kind : kKinds) {
      if (kind.word != word) continue;
      if (auto value = read_as(kind, text)) return value;
    }
  }
  return std::nullopt;
}

// Letters alone, as systemd's names are.
bool is_name(std::string_view name) {
  if (name.size() < 3) return false;
  for (const char c : name) {
    if (!is_letter(c)) return false;
  }
  return true;
}

bool is_in_seconds(std::string_view name) {
  if (!name.ends_with("Sec") || name.size() == 3) return false;
  const char before = name[name.size() - 4];
  return before >= 'a' && before <= 'z';
}

std::optional<Value> in_microseconds(const Value& seconds) {
  constexpr double kMicroseconds = 1e6;
  constexpr double kMost = 9e18;
  if (seconds.type.size() != 1 || std::string_view("ynqiuxtd").find(seconds.type[0]) == std::string_view::npos) {
    return std::nullopt;
  }
  const double number = std::strtod(seconds.text.c_str(), nullptr) * kMicroseconds;
  if (number < 0 || number > kMost) return std::nullopt;
  return Value{"t", std::to_string(static_cast<uint64_t>(std::llround(number)))};
}

}  // namespace

Result<std::vector<std::string>> plan_scope_annotations(const std::map<std::string, std::string>& annotations) {
  constexpr std::string_view kPrefix = "org.systemd.property.";
  std::vector<std::string> properties;
  for (const auto& [key, text] : annotations) {
    if (!key.starts_with(kPrefix)) continue;
    std::string name = key.substr(kPrefix.size());
    if (!is_name(name)) {
      return Failure(ErrorKind::kInvalidArgument, "annotation {}: {} is no name of a property", key, name);
    }
    auto value = read_value(trim(text));
    if (value && is_in_seconds(name)) {
      name.insert(name.size() - 3, "U");
      value = in_microseconds(*value);
    }
    if (!value) {
      return Failure(ErrorKind::kInvalidArgument, "annotation {}: the value {} cannot be read", key, text)
          .with_hint("write it as GVariant text: uint64 5, true, 'text' in quotes, ['a', 'b']");
    }
    properties.push_back(formatted("{}:{}={}", name, value->type, value->text));
  }
  return properties;
}

}  // namespace tare::runtime
