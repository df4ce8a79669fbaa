#include "registry/server/names.h"

#include <algorithm>

namespace tare::registry {
namespace {

constexpr size_t kNameLimit = 255;  // what clients accept, and what fits into one file name
constexpr size_t kTagLimit = 128;

bool is_lower_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

// The length of the separator at the beginning: ".", "_", "__" or any number of "-".
size_t separator_length(std::string_view text) {
  if (text.starts_with("__")) return 2;
  if (text.starts_with('.') || text.starts_with('_')) return 1;
  return std::min(text.find_first_not_of('-'), text.size());
}

bool is_component(std::string_view text) {
  while (true) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_lower_alphanumeric);
    if (end == text.begin()) return false;
    text.remove_prefix(static_cast<size_t>(end - text.begin()));
    if (text.empty()) return true;
    const size_t separator = separator_length(text);
    if (separator == 0) return false;
    text.remove_prefix(separator);
  }
}

}  // namespace

bool is_repository_name(std::string_view text) {
  if (text.size() > kNameLimit) return false;
  while (true) {
    const size_t slash = text.find('/');
    if (!is_component(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagLimit || !is_word(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_upload_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

}  // namespace tare::registry
