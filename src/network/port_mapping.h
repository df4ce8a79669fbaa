// `-p` as Docker reads it: [[host address:]host port[-end]:]container port[-end][/protocol].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "network/address.h"

namespace tare::network {

enum class Protocol : uint8_t { kTcp = 6, kUdp = 17 };  // the numbers of IP

struct PortMapping {
  Ipv4 host_address;       // 0.0.0.0: every address of the host
  uint16_t host_port = 0;  // 0: choose a free one
  uint16_t container_port = 0;
  Protocol protocol = Protocol::kTcp;
  bool operator==(const PortMapping&) const = default;
};

// One value per port of a range. "8000-8010:80" (many host ports for one) means: the first free one of the range.
struct PortSpec {
  PortMapping mapping;
  uint16_t host_port_end = 0;  // more than mapping.host_port only for that last form
  bool operator==(const PortSpec&) const = default;
};

Result<std::vector<PortSpec>> parse_port_mapping(std::string_view text);
// "80/tcp", "53/udp", "8000-8002" as in EXPOSE; for -P.
Result<std::vector<PortMapping>> parse_exposed_port(std::string_view text);
std::string_view to_string(Protocol protocol);      // "tcp"
std::string to_string(const PortMapping& mapping);  // "0.0.0.0:8080->80/tcp", as `ps` prints it

}  // namespace tare::network
