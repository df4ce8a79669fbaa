// Text forms of addresses. Strict on purpose: what inet_aton takes ("1", octal parts) has hidden more than one attack.
#include "network/address.h"

#include <arpa/inet.h>

namespace tare::network {
namespace {

uint8_t byte_of(Ipv4 address, int index) { return static_cast<uint8_t>(address.bits >> (24 - 8 * index)); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  // inet_pton is strict (four decimal parts, no leading zeros), where inet_aton takes "1" and octal numbers.
  in_addr address;
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return Ipv4{ntohl(address.s_addr)};
}

Result<Subnet> parse_subnet(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    return Failure(ErrorKind::kUnsupported, "invalid subnet {}: IPv6 networks are not supported yet", text);
  }
  auto parts = cut(text, '/');
  auto address = parts ? parse_ipv4(parts->first) : std::nullopt;
  auto prefix = parts ? parse_unsigned(parts->second) : std::nullopt;
  if (!address || !prefix || *prefix > 32) {
    return Failure(ErrorKind::kInvalidArgument, "invalid subnet {}: invalid CIDR block notation", text)
        .with_hint("write it as 172.28.0.0/16");
  }
  Subnet subnet{*address, static_cast<unsigned>(*prefix)};
  subnet.base.bits &= subnet.mask();
  if (subnet.base != *address) {
    return Failure(ErrorKind::kInvalidArgument, "invalid subnet {}: it should be {}", text, to_string(subnet));
  }
  return subnet;
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  MacAddress mac;
  auto parts = split(text, text.find('-') != std::string_view::npos ? '-' : ':');
  if (parts.size() != mac.bytes.size()) return std::nullopt;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].size() != 2) return std::nullopt;
    int high = hex_digit(parts[i][0]), low = hex_digit(parts[i][1]);
    if (high < 0 || low < 0) return std::nullopt;
    mac.bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return mac;
}

std::string to_string(Ipv4 address) {
  return formatted("{}.{}.{}.{}", byte_of(address, 0), byte_of(address, 1), byte_of(address, 2), byte_of(address, 3));
}

std::string to_string(const Subnet& subnet) { return formatted("{}/{}", to_string(subnet.base), subnet.prefix); }

std::string to_string(const MacAddress& mac) {
  const auto& b = mac.bytes;
  return formatted("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

MacAddress mac_of(Ipv4 address) {
  return {{0x02, 0x42, byte_of(address, 0), byte_of(address, 1), byte_of(address, 2), byte_of(address, 3)}};
}

}  // namespace tare::network
