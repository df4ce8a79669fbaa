// First fit, for subnets and for addresses: choices are stable, and a network's addresses stay near each other. Both
// walk over what is taken; with /24 or /16 networks of one machine this is far below the cost of one system call.
#include "network/allocate.h"

#include <algorithm>

namespace tare::network {
namespace {

bool is_free(const Subnet& candidate, const std::vector<Subnet>& taken) {
  return std::none_of(taken.begin(), taken.end(), [&](const Subnet& other) { return candidate.overlaps(other); });
}

std::optional<Subnet> first_free(const SubnetPool& pool, const std::vector<Subnet>& taken) {
  uint64_t step = uint64_t{1} << (32 - pool.prefix);
  for (uint64_t base = pool.range.base.bits; base <= pool.range.broadcast().bits; base += step) {
    Subnet candidate{{static_cast<uint32_t>(base)}, pool.prefix};
    if (is_free(candidate, taken)) return candidate;
  }
  return std::nullopt;
}

bool is_reserved(const Subnet& subnet, Ipv4 address, Ipv4 gateway) {
  return address == subnet.base || address == subnet.broadcast() || address == gateway;
}

}  // namespace

const std::vector<SubnetPool>& default_pools() {
  // Away from Docker's first choices (172.17 to 172.27) and from 172.31, the default network of one cloud.
  static const std::vector<SubnetPool> pools = {
      {{{0xac1e0000}, 16}, 16},  // 172.30.0.0/16
      {{{0xac1d0000}, 16}, 16},  // 172.29.0.0/16
      {{{0xac1c0000}, 16}, 16},  // 172.28.0.0/16
      {{{0x0ae60000}, 15}, 24},  // 10.230.0.0/15
      {{{0xc0a88000}, 17}, 24},  // 192.168.128.0/17
  };
  return pools;
}

Result<Subnet> choose_subnet(const std::vector<Subnet>& taken, const std::vector<SubnetPool>& pools) {
  for (const auto& pool : pools) {
    if (auto subnet = first_free(pool, taken)) return *subnet;
  }
  return Failure(ErrorKind::kExhausted, "all predefined address pools have been fully subnetted")
      .with_hint("choose a subnet yourself with --subnet, or remove networks that are not used");
}

Result<Ipv4> allocate_address(const Subnet& subnet, const std::set<Ipv4>& taken, Ipv4 gateway,
                              const std::optional<Subnet>& range) {
  const Subnet& within = range ? *range : subnet;
  for (uint64_t bits = within.base.bits; bits <= within.broadcast().bits; ++bits) {
    Ipv4 address{static_cast<uint32_t>(bits)};
    if (!is_reserved(subnet, address, gateway) && !taken.contains(address)) return address;
  }
  return Failure(ErrorKind::kExhausted, "no available IPv4 addresses in {}", to_string(within))
      .with_hint("remove containers of this network, or make a network with a larger subnet");
}

Result<void> check_address(const Subnet& subnet, const std::set<Ipv4>& taken, Ipv4 gateway, Ipv4 wanted) {
  if (!subnet.contains(wanted)) {
    return Failure(ErrorKind::kInvalidArgument,
                   "invalid address {}: it does not belong to any of this network's subnets ({})", to_string(wanted),
                   to_string(subnet));
  }
  if (is_reserved(subnet, wanted, gateway) || taken.contains(wanted)) {
    return Failure(ErrorKind::kAlreadyExists, "Address already in use: {}", to_string(wanted));
  }
  return {};
}

Ipv4 default_gateway(const Subnet& subnet) { return {subnet.base.bits + 1}; }

}  // namespace tare::network
