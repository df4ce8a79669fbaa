// The kernel remembers a UDP flow as long as its packets come, with the translation that it had at the first: a client
// that sent before the port was published, or to the container that had it before, would never reach the new one.
#pragma once

#include <vector>

#include "network/firewall.h"

namespace tare::network {

// Makes the kernel forget all flows to the published UDP ports among `ports`. Reads the whole table of connections, so
// it is not called for TCP, where a new connection is a new flow.
Result<void> forget_udp_flows(const std::vector<PublishedPort>& ports);

}  // namespace tare::network
