// Which subnet a network gets and which address a container gets. Pure: what is taken comes in, a choice goes out;
// the engine keeps the choice in its database and is the one that makes two choices at once impossible.
#pragma once

#include <set>
#include <vector>

#include "network/address.h"

namespace tare::network {

struct SubnetPool {
  Subnet range;
  unsigned prefix;  // of each subnet that is cut from it
};

// 172.30.0.0/16 first (the default network's), then its neighbours, then pieces of 10.230.0.0/16.
const std::vector<SubnetPool>& default_pools();

// The first subnet of the pools that overlaps nothing in `taken`; kExhausted when there is none.
Result<Subnet> choose_subnet(const std::vector<Subnet>& taken, const std::vector<SubnetPool>& pools = default_pools());

// The lowest free host address: neither network, broadcast, gateway nor taken. `range` (Docker's --ip-range) narrows
// it.
Result<Ipv4> allocate_address(const Subnet& subnet, const std::set<Ipv4>& taken, Ipv4 gateway,
                              const std::optional<Subnet>& range = {});
// Whether a user may have this address (`--ip`); kInvalidArgument or kAlreadyExists, in Docker's words.
Result<void> check_address(const Subnet& subnet, const std::set<Ipv4>& taken, Ipv4 gateway, Ipv4 wanted);
// The first host address.
Ipv4 default_gateway(const Subnet& subnet);

// The subnets that this host's routes and addresses cover, the default route excepted.
Result<std::vector<Subnet>> read_host_subnets();

}  // namespace tare::network
