// IPv4 addresses, subnets and link addresses as values. IPv6 is not done yet: the parsers refuse it by name.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::network {

// Bits are in host order: 127.0.0.1 is 0x7f000001. The default is 0.0.0.0, "any".
struct Ipv4 {
  uint32_t bits = 0;
  bool any() const { return bits == 0; }
  bool loopback() const { return bits >> 24 == 127; }
  auto operator<=>(const Ipv4&) const = default;  // NOLINT(modernize-use-nullptr): there is none
};

struct Subnet {
  Ipv4 base;  // host bits are zero
  unsigned prefix = 32;

  uint32_t mask() const { return prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix); }
  bool contains(Ipv4 address) const { return (address.bits & mask()) == base.bits; }
  bool overlaps(const Subnet& other) const { return contains(other.base) || other.contains(base); }
  Ipv4 broadcast() const { return {base.bits | ~mask()}; }
  bool operator==(const Subnet&) const = default;
};

struct MacAddress {
  std::array<uint8_t, 6> bytes{};
  bool operator==(const MacAddress&) const = default;
};

std::optional<Ipv4> parse_ipv4(std::string_view text);
// "172.30.0.0/16"; host bits that are set are refused as Docker does.
Result<Subnet> parse_subnet(std::string_view text);
std::optional<MacAddress> parse_mac(std::string_view text);
std::string to_string(Ipv4 address);
std::string to_string(const Subnet& subnet);
std::string to_string(const MacAddress& mac);
// Docker's form, stable for an address: 02:42 and the four bytes of the address.
MacAddress mac_of(Ipv4 address);

}  // namespace tare::network
