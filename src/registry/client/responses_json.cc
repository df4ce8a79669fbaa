#include "registry/client/responses_json.h"

#include <algorithm>

#include "base/text.h"
#include "codec/json.h"

namespace tare::registry {
namespace {

using codec::JsonReader;

constexpr int64_t kShortestLifetime = 60;  // clients must take less for that much (token specification, expires_in)
constexpr int64_t kLongestLifetime = 24 * 3600;

bool is_control(char character) { return static_cast<unsigned char>(character) < ' ' || character == 0x7f; }

std::string printable(std::string text) {
  std::erase_if(text, is_control);
  return text.substr(0, 500);
}

// A line end in a token would be a line end in our request's headers.
bool has_control_characters(const std::string& text) { return std::any_of(text.begin(), text.end(), is_control); }

struct BodyError {
  std::string code;
  std::string message;
};

Result<std::vector<BodyError>> parse_errors(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  const JsonReader root(document);
  std::vector<BodyError> errors;
  for (const JsonReader& entry : TRY(root.elements("errors"))) {
    BodyError error;
    error.code = TRY(entry.string_or("code", ""));
    error.message = TRY(entry.string_or("message", ""));
    errors.push_back(std::move(error));
  }
  // What token servers say instead.
  for (const char* key : {"details", "message"}) {
    const std::string text = TRY(root.string_or(key, ""));
    if (errors.empty() && !text.empty()) errors.push_back({"", text});
  }
  return errors;
}

}  // namespace

Result<Token> parse_token(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  const JsonReader root(document);
  Token token;
  token.text = TRY(root.string_or("token", ""));
  // Docker's name and OAuth2's; a server may send either.
  if (token.text.empty()) token.text = TRY(root.string_or("access_token", ""));
  if (token.text.empty()) return Failure(ErrorKind::kCorrupt, "the token server's answer has no token");
  if (has_control_characters(token.text)) {
    return Failure(ErrorKind::kCorrupt, "the token server's token has control characters");
  }
  const int64_t lifetime = TRY(root.integer_or("expires_in", kShortestLifetime));
  token.lifetime = std::chrono::seconds(std::clamp(lifetime, kShortestLifetime, kLongestLifetime));
  return token;
}

std::string parse_error_body(std::string_view json) {
  const auto errors = parse_errors(json);
  if (!errors.ok()) return "";
  std::vector<std::string> lines;
  for (const auto& [code, message] : *errors) {
    std::string name = to_lower(code);
    std::replace(name.begin(), name.end(), '_', ' ');
    if (!name.empty() || !message.empty()) lines.push_back(name.empty() ? message : formatted("{}: {}", name, message));
  }
  return printable(join(lines, "; "));
}

bool has_error_code(std::string_view json, std::string_view code) {
  const auto errors = parse_errors(json);
  return errors.ok() &&
         std::any_of(errors->begin(), errors->end(), [&](const auto& error) { return error.code == code; });
}

Result<std::vector<std::string>> parse_tags(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  return JsonReader(document).strings("tags");
}

}  // namespace tare::registry
