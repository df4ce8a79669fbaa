// A published port is taken on the host by a socket that is bound and never answers: the packets are translated before
// they reach it. It makes every other program's bind fail, and shows the port in `ss` with its owner.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "network/port_mapping.h"

namespace tare::network {

struct PortHolder {
  pid_t pid = 0;  // 0: a process that we may not look into
  std::string process;
};

// Binds; the caller (in the end the supervisor) holds the port as long as the descriptor. A taken port is
// kAlreadyExists and names the holder, in Docker's words.
Result<UniqueFd> reserve_port(Ipv4 host_address, uint16_t port, Protocol protocol);

struct ReservedPort {
  UniqueFd socket;
  uint16_t port;
};
// The first free port of [first, last], starting at a random one; for -P and for host ports that are left out.
Result<ReservedPort> reserve_free_port(Ipv4 host_address, Protocol protocol, uint16_t first = 32768,
                                       uint16_t last = 60999);

// Who holds the port now (/proc/net/{tcp,udp}{,6}, then the descriptors in /proc/PID/fd); for messages only.
std::optional<PortHolder> find_port_holder(Ipv4 host_address, uint16_t port, Protocol protocol);

}  // namespace tare::network
