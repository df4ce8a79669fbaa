#include "build/dockerfile/words.h"
#include "codec/json.h"

namespace tare::build {

std::optional<std::vector<std::string>> parse_exec_form(std::string_view text) {
  text = trim(text);
  if (!text.starts_with('[')) return std::nullopt;
  const auto document = codec::parse_json(text);
  if (!document.ok() || !document->is_array()) return std::nullopt;
  auto strings = codec::JsonReader(*document).as_strings();
  if (!strings.ok()) return std::nullopt;
  return std::move(strings).value();
}

}  // namespace tare::build
