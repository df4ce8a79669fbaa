#include "http/server/message.h"

#include "base/text.h"

namespace tare::http {

std::optional<std::string_view> Headers::find(std::string_view name) const {
  const std::string wanted = to_lower(name);
  for (const auto& [field, value] : fields_) {
    if (field.size() == wanted.size() && to_lower(field) == wanted) return value;
  }
  return std::nullopt;
}

uint64_t Reply::body_length() const {
  const auto* file = std::get_if<FileBody>(&body);
  return file != nullptr ? file->length : std::get<std::string>(body).size();
}

}  // namespace tare::http
