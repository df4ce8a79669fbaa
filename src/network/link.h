// Messages of rtnetlink about interfaces and their addresses, as pieces for a NetlinkBatch.
#pragma once

#include <optional>

#include "network/address.h"
#include "network/netlink.h"

namespace tare::network {

constexpr unsigned kLoopbackIndex = 1;  // fixed in the kernel (LOOPBACK_IFINDEX)

void add_set_up(NetlinkBatch& batch, unsigned index);
void add_delete_link(NetlinkBatch& batch, const std::string& name);
void add_address(NetlinkBatch& batch, unsigned index, Ipv4 address, unsigned prefix);
void add_default_route(NetlinkBatch& batch, unsigned index, Ipv4 gateway);

void add_get_link(NetlinkBatch& batch, const std::string& name);
void add_get_link(NetlinkBatch& batch, unsigned index);

struct Link {
  unsigned index = 0;
  bool up = false;
  bool is_bridge = false;
};
// kNotFound when there is no interface of this name in the socket's namespace.
Result<Link> find_link(NetlinkSocket& socket, const std::string& name);
Result<void> delete_link(const std::string& name);  // absent is fine

}  // namespace tare::network
