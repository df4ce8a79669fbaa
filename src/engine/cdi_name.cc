#include "engine/cdi_name.h"

#include <algorithm>
#include <cctype>

#include "engine/cdi_spec.h"

namespace tare::engine {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool consists_of(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter_or_digit(c) || more.find(c) != std::string_view::npos; });
}

}  // namespace

bool is_cdi_kind(std::string_view text) {
  const auto parts = cut(text, '/');
  if (!parts || parts->first.empty() || parts->second.empty()) return false;
  const auto good = [](std::string_view part) {
    return is_letter(part.front()) && is_letter_or_digit(part.back()) && consists_of(part, "-_.");
  };
  return good(parts->first) && good(parts->second);
}

bool is_cdi_device_name(std::string_view text) {
  return !text.empty() && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back()) &&
         consists_of(text, "-_.:");
}

bool is_cdi_name(std::string_view text) {
  const auto parts = cut(text, '=');
  return parts && is_cdi_kind(parts->first) && is_cdi_device_name(parts->second);
}

}  // namespace tare::engine
