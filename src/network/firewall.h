// Published ports and masquerading: one nftables table with a fixed number of rules. A published port is one element
// of a map, a bridge is one element of a few sets; so a port costs the same with one or a thousand others.
//
// The table's name ("tare", or one with a suffix for another data root) comes from the engine. A packet must pass every
// table: what another one drops in its forward chain stays dropped. Docker's is asked to let ours pass, in the chain
// that it has for that (foreign_tables.h); of all others find_foreign_drops tells.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "network/port_mapping.h"

namespace tare::network {

struct PublishedPort {
  PortMapping mapping;  // host_port is set
  Ipv4 container_address;
  std::string container;  // its id, kept beside the element in the kernel
  bool operator==(const PublishedPort&) const = default;
};

// All or none. kAlreadyExists when one of them is published already. The table must exist (ensure_bridge).
Result<void> publish(const std::string& table, const std::vector<PublishedPort>& ports);
// What is absent is fine.
Result<void> unpublish(const std::string& table, const std::vector<PublishedPort>& ports);
// What the kernel has now; empty when there is no table.
Result<std::vector<PublishedPort>> list_published(const std::string& table);
// After a crash: removes what belongs to none of the containers that live. Returns how many.
Result<size_t> unpublish_dead(const std::string& table, const std::set<std::string>& live_containers);
// Takes the whole table away (`system reset`); absent is fine.
Result<void> remove_firewall(const std::string& table);

// "ip filter FORWARD": base chains of others on the forward hook whose policy is drop. Our traffic ends there unless
// their owner lets it pass; the engine warns when it makes a bridge.
Result<std::vector<std::string>> find_foreign_drops(const std::string& table);

}  // namespace tare::network
