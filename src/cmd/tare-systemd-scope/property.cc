#include "property.h"

#include <systemd/sd-bus.h>

#include <cstdlib>

#include "base/text.h"

namespace tare::cmd {
namespace {

constexpr uint64_t kMostMembers = 8192;  // of a set: the kernel's own limit of processors

Error invalid(const std::string& text) {
  return Failure(ErrorKind::kInvalidArgument, "property {}: its value cannot be read", text);
}

Result<void> check(int code, const std::string& text) {
  if (code >= 0) return {};
  return Error::from_errno(-code, "append property", text);
}

// (sv) around what `append` puts into the variant.
template <typename Append>
Result<void> append_variant(sd_bus_message* message, const char* name, const char* type, const Append& append) {
  TRY(check(sd_bus_message_open_container(message, 'r', "sv"), name));
  TRY(check(sd_bus_message_append(message, "s", name), name));
  TRY(check(sd_bus_message_open_container(message, 'v', type), name));
  TRY(append());
  TRY(check(sd_bus_message_close_container(message), name));
  return check(sd_bus_message_close_container(message), name);
}

Result<void> append_set(sd_bus_message* message, const char* name, std::string_view list) {
  const auto bytes = TRY(parse_set(list));
  return append_variant(message, name, "ay", [&] {
    return check(sd_bus_message_append_array(message, 'y', bytes.data(), bytes.size()), name);
  });
}

Result<void> append_list(sd_bus_message* message, const char* name, std::string_view list) {
  return append_variant(message, name, "as", [&]() -> Result<void> {
    TRY(check(sd_bus_message_open_container(message, 'a', "s"), name));
    for (const auto& element : split(list, '\n')) {
      TRY(check(sd_bus_message_append_basic(message, 's', element.c_str()), name));
    }
    return check(sd_bus_message_close_container(message), name);
  });
}

template <typename T>
Result<void> append_number(sd_bus_message* message, const char* name, char type, T number) {
  const char types[] = {type, '\0'};
  return append_variant(message, name, types,
                        [&] { return check(sd_bus_message_append_basic(message, type, &number), name); });
}

// Ranges have been checked by who made the text (runtime/plan/scope_annotations.h).
Result<void> append_typed(sd_bus_message* message, const char* name, std::string_view type, const std::string& value) {
  if (type == "as") return append_list(message, name, value);
  if (type == "s" || type == "o") {
    return append_variant(message, name, type == "s" ? "s" : "o",
                          [&] { return check(sd_bus_message_append_basic(message, type[0], value.c_str()), name); });
  }
  const char letter = type.size() == 1 ? type[0] : '\0';
  if (letter == 'd') return append_number(message, name, letter, std::strtod(value.c_str(), nullptr));
  if (letter == 't') return append_number<uint64_t>(message, name, letter, parse_unsigned(value).value_or(0));
  const int64_t number = parse_signed(value).value_or(0);
  if (letter == 'x') return append_number<int64_t>(message, name, letter, number);
  if (letter == 'i' || letter == 'b') return append_number(message, name, letter, static_cast<int32_t>(number));
  if (letter == 'u') return append_number(message, name, letter, static_cast<uint32_t>(number));
  if (letter == 'n') return append_number(message, name, letter, static_cast<int16_t>(number));
  if (letter == 'q') return append_number(message, name, letter, static_cast<uint16_t>(number));
  if (letter == 'y') return append_number(message, name, letter, static_cast<uint8_t>(number));
  return invalid(formatted("{}:{}={}", name, type, value));
}

}  // namespace

Result<std::vector<uint8_t>> parse_set(std::string_view list) {
  std::vector<uint8_t> bytes;
  for (const auto& part : split(list, ',')) {
    const auto range = cut(part, '-');
    const auto first = parse_unsigned(trim(range ? range->first : part));
    const auto last = parse_unsigned(trim(range ? range->second : part));
    if (!first || !last || *first > *last || *last >= kMostMembers) return invalid(std::string(list));
    if (bytes.size() <= *last / 8) bytes.resize(*last / 8 + 1);
    for (auto member = *first; member <= *last; ++member) {
      bytes[member / 8] = static_cast<uint8_t>(bytes[member / 8] | (1U << (member % 8)));
    }
  }
  return bytes;
}

Result<void> append_property(sd_bus_message* message, const std::string& text) {
  const auto parts = cut(text, '=');
  if (!parts) return invalid(text);
  if (const auto typed = cut(parts->first, ':')) {
    return append_typed(message, std::string(typed->first).c_str(), typed->second, std::string(parts->second));
  }
  const std::string name(parts->first);
  if (name == "AllowedCPUs" || name == "AllowedMemoryNodes") return append_set(message, name.c_str(), parts->second);
  const auto number = parts->second == "infinity" ? UINT64_MAX : parse_unsigned(parts->second);
  if (!number) return invalid(text);
  return check(sd_bus_message_append(message, "(sv)", name.c_str(), "t", *number), text);
}

}  // namespace tare::cmd
