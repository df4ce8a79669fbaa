#include "property.h"

#include <systemd/sd-bus.h>

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

Result<void> append_set(sd_bus_message* message, const char* name, std::string_view list) {
  const auto bytes = TRY(parse_set(list));
  TRY(check(sd_bus_message_open_container(message, 'r', "sv"), name));
  TRY(check(sd_bus_message_append(message, "s", name), name));
  TRY(check(sd_bus_message_open_container(message, 'v', "ay"), name));
  TRY(check(sd_bus_message_append_array(message, 'y', bytes.data(), bytes.size()), name));
  TRY(check(sd_bus_message_close_container(message), name));
  return check(sd_bus_message_close_container(message), name);
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
  const std::string name(parts->first);
  if (name == "AllowedCPUs" || name == "AllowedMemoryNodes") return append_set(message, name.c_str(), parts->second);
  const auto number = parts->second == "infinity" ? UINT64_MAX : parse_unsigned(parts->second);
  if (!number) return invalid(text);
  return check(sd_bus_message_append(message, "(sv)", name.c_str(), "t", *number), text);
}

}  // namespace tare::cmd
