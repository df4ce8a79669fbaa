#include "http/server/target.h"

#include <algorithm>

#include "base/text.h"

namespace tare::http {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

Result<std::pair<std::string, std::string>> parse_parameter(std::string_view text) {
  const auto parts = cut(text, '=');
  auto name = TRY(percent_decode(parts ? parts->first : text, Plus::kBlank));
  auto value = TRY(percent_decode(parts ? parts->second : std::string_view(), Plus::kBlank));
  return std::pair(std::move(name), std::move(value));
}

bool is_parameter(std::string_view part) { return part.size() > 2 && part.front() == '<' && part.back() == '>'; }

// One pattern part against one segment.
bool match_part(std::string_view part, const std::string& segment, Parameters& parameters) {
  if (!is_parameter(part)) return part == segment;
  if (segment.empty()) return false;
  parameters.emplace(part.substr(1, part.size() - 2), segment);
  return true;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kBlank) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Failure(ErrorKind::kInvalidArgument, "{}: broken percent escape", text);
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += hex(std::string_view(&c, 1));
    }
  }
  return encoded;
}

Result<Target> Target::parse(std::string_view text) {
  if (text.empty() || text.front() != '/') {
    return Failure(ErrorKind::kInvalidArgument, "request target {}: is not a path", text);
  }
  const auto parts = cut(text, '?');
  const std::string_view path = (parts ? parts->first : text).substr(1);
  Target target;
  for (const std::string& segment : split(path, '/')) {
    target.segments.push_back(TRY(percent_decode(segment, Plus::kLiteral)));
  }
  if (!parts || parts->second.empty()) return target;
  for (const std::string& parameter : split(parts->second, '&')) {
    if (!parameter.empty()) target.query.push_back(TRY(parse_parameter(parameter)));
  }
  return target;
}

std::optional<std::string_view> Target::find(std::string_view parameter) const {
  const auto found =
      std::find_if(query.begin(), query.end(), [&](const auto& pair) { return pair.first == parameter; });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Target::find_all(std::string_view parameter) const {
  std::vector<std::string> values;
  for (const auto& [name, value] : query) {
    if (name == parameter) values.push_back(value);
  }
  return values;
}

std::optional<Parameters> match_pattern(std::string_view pattern, const std::vector<std::string>& segments) {
  const std::vector<std::string> parts = split(pattern.substr(1), '/');
  if (segments.size() < parts.size()) return std::nullopt;
  const size_t surplus = segments.size() - parts.size();  // segments that "<name>" takes beside its first
  Parameters parameters;
  size_t at = 0;
  for (const std::string& part : parts) {
    if (part == "<name>") {
      const auto first = segments.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = first + static_cast<std::ptrdiff_t>(surplus) + 1;
      // A decoded '/' would look like a separator after the join.
      if (std::any_of(first, last, [](const auto& s) { return s.find('/') != std::string::npos; })) return std::nullopt;
      parameters.emplace("name", join({first, last}, "/"));
      at += surplus + 1;
    } else if (at >= segments.size() || !match_part(part, segments[at++], parameters)) {
      return std::nullopt;
    }
  }
  if (at != segments.size()) return std::nullopt;
  return parameters;
}

}  // namespace tare::http
