// The fixed part of the firewall: the table, its rules, and the sets that know the bridges.
#pragma once

#include "network/network.h"
#include "network/nft.h"

namespace tare::network {

// Maps of published ports, and sets of bridge names.
constexpr const char* kPublishedAny = "published_any";  // protocol . host port → address . port
constexpr const char* kPublishedAt = "published_at";    // host address . protocol . host port → address . port

// Makes what is missing; one round trip when the table is of this version and knows the bridge.
Result<void> ensure_firewall(const Bridge& bridge, const std::string& table);
Result<void> forget_bridge(const Bridge& bridge, const std::string& table);

}  // namespace tare::network
