// What the engine does to connect a container: a bridge per network, a network namespace held by a descriptor, a veth
// pair between them. Nothing here is kept on disk: names, addresses and leases are the engine's.
//
// The order of a start: ensure_bridge → create_namespace → attach → publish (firewall.h) → set_names (resolver.h).
// The end: unpublish, remove_names; the kernel removes the pair when the last holder of the namespace is gone.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "network/address.h"

namespace tare::network {

struct Bridge {
  std::string name;  // the interface, at most 15 bytes: "tare0"
  Subnet subnet;
  Ipv4 gateway;
  bool internal = false;  // no way out of the network, and nothing published on it
  unsigned mtu = 1500;
};

// Makes the bridge with its address, the sysctls that it needs and its entries in the firewall table `table` (one for
// each data root, see firewall.h), whatever part of it was there already. When all is there, this is two netlink
// round trips. Returns the interface's index.
Result<unsigned> ensure_bridge(const Bridge& bridge, const std::string& table);
// Takes the interface and its firewall entries away; what is absent is fine.
Result<void> remove_bridge(const Bridge& bridge, const std::string& table);

// A new network namespace with lo up. It lives as long as this descriptor, a process in it, or a mount of it.
// The calling thread is back in its own namespace on return, also on failure.
Result<UniqueFd> create_namespace();
// The same for one that was made elsewhere, to belong to a user namespace.
Result<void> set_up_namespace(BorrowedFd network_namespace);

struct Endpoint {
  unsigned bridge_index = 0;  // from ensure_bridge
  std::string host_name;      // of the host's end: host_interface_name(container id)
  std::string name = "eth0";  // inside
  Ipv4 address;
  unsigned prefix = 16;         // of the network's subnet
  MacAddress mac;               // mac_of(address) unless the user chose
  std::optional<Ipv4> gateway;  // default route; nothing: internal network, or not the container's first network
  unsigned mtu = 1500;
};

// Connects the namespace to the bridge: interface, address, default route. All or nothing.
Result<void> attach(BorrowedFd network_namespace, const Endpoint& endpoint);
// `network disconnect`: removes the pair by its host end; what is absent is fine.
Result<void> detach(const std::string& host_name);
// Stable for (container, n-th network of it): "te" + 11 digits of the id + a letter for the network.
std::string host_interface_name(std::string_view container_id, unsigned ordinal = 0);

}  // namespace tare::network
