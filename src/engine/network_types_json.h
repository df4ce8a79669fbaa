// Addresses and ports in JSON: as a person writes them. Only for the *_json.cc files of this module.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/own_json.h"
#include "network/port_mapping.h"

namespace tare::network {

inline void to_json(nlohmann::json& value, const Ipv4& address) { value = to_string(address); }
inline void from_json(const nlohmann::json& value, Ipv4& address) {
  address = parse_ipv4(value.get<std::string>()).value_or(Ipv4{});
}
NLOHMANN_JSON_SERIALIZE_ENUM(Protocol, {{Protocol::kTcp, "tcp"}, {Protocol::kUdp, "udp"}})
TARE_JSON_FIELDS(PortMapping, host_address, host_port, container_port, protocol)
TARE_JSON_FIELDS(PortSpec, mapping, host_port_end)

}  // namespace tare::network
