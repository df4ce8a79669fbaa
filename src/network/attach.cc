// Four netlink calls: the pair, with its peer born inside the namespace; the peer's index; up, address and route (the
// peer cannot be born up: veth_open asks for the other end, which is not there yet, and gives ENOTCONN); the port of
// the bridge. An index cannot be foreseen, since a kernel may give every namespace tunnel devices of its own.
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>

#include "base/scope_guard.h"
#include "network/link.h"
#include "network/namespace.h"
#include "network/network.h"

namespace tare::network {
namespace {

// One queue: the default is one per CPU of the machine, which costs memory and time on large ones.
void put_queues(nlmsghdr* message) {
  mnl_attr_put_u32(message, IFLA_NUM_TX_QUEUES, 1);
  mnl_attr_put_u32(message, IFLA_NUM_RX_QUEUES, 1);
}

void put_peer(nlmsghdr* message, BorrowedFd network_namespace, const Endpoint& endpoint) {
  auto* peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
  mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  mnl_attr_put_strz(message, IFLA_IFNAME, endpoint.name.c_str());
  mnl_attr_put(message, IFLA_ADDRESS, endpoint.mac.bytes.size(), endpoint.mac.bytes.data());
  mnl_attr_put_u32(message, IFLA_MTU, endpoint.mtu);
  mnl_attr_put_u32(message, IFLA_NET_NS_FD, static_cast<uint32_t>(network_namespace.get()));
  put_queues(message);
  mnl_attr_nest_end(message, peer);
}

void add_pair(NetlinkBatch& batch, BorrowedFd network_namespace, const Endpoint& endpoint) {
  auto* message = batch.add(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
                            formatted("create interfaces {} and {}", endpoint.host_name, endpoint.name));
  auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
  header->ifi_flags = header->ifi_change = IFF_UP;
  mnl_attr_put_strz(message, IFLA_IFNAME, endpoint.host_name.c_str());
  mnl_attr_put_u32(message, IFLA_MTU, endpoint.mtu);
  mnl_attr_put_u32(message, IFLA_MASTER, endpoint.bridge_index);
  put_queues(message);
  auto* information = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
  auto* specifics = mnl_attr_nest_start(message, IFLA_INFO_DATA);
  put_peer(message, network_namespace, endpoint);
  mnl_attr_nest_end(message, specifics);
  mnl_attr_nest_end(message, information);
}

// Lets the bridge send a frame back where it came from. Under br_netfilter that is the way of a container that asks for
// its own published port: translated on the bridge, never routed.
void add_hairpin(NetlinkBatch& batch, const Endpoint& endpoint) {
  auto* message = batch.add(RTM_NEWLINK, 0, formatted("set hairpin mode of {}", endpoint.host_name));
  mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  mnl_attr_put_strz(message, IFLA_IFNAME, endpoint.host_name.c_str());
  auto* information = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_SLAVE_KIND, "bridge");
  auto* specifics = mnl_attr_nest_start(message, IFLA_INFO_SLAVE_DATA);
  mnl_attr_put_u8(message, IFLA_BRPORT_MODE, 1);
  mnl_attr_nest_end(message, specifics);
  mnl_attr_nest_end(message, information);
}

Result<NetlinkSocket> open_socket_in(BorrowedFd network_namespace) {
  auto visit = TRY(NamespaceVisit::enter(network_namespace));
  return NetlinkSocket::open(NETLINK_ROUTE);
}

Result<void> configure_inside(BorrowedFd network_namespace, const Endpoint& endpoint) {
  auto socket = TRY(open_socket_in(network_namespace));
  auto link = TRY(find_link(socket, endpoint.name));
  NetlinkBatch batch;
  add_set_up(batch, link.index);
  add_address(batch, link.index, endpoint.address, endpoint.prefix);
  if (endpoint.gateway) add_default_route(batch, link.index, *endpoint.gateway);
  return socket.exchange(batch);
}

// The kernel tells a bridge in the background that a port has a carrier (linkwatch), and what is sent before is lost:
// an ARP request is repeated only after a second. Reading the state makes it do that now (since Linux 6.8; before, it
// takes about a millisecond), first for the port, which is what gives the bridge itself a carrier.
Result<void> open_port(NetlinkSocket& socket, const Endpoint& endpoint) {
  NetlinkBatch batch;
  add_hairpin(batch, endpoint);
  add_get_link(batch, endpoint.host_name);
  add_get_link(batch, endpoint.bridge_index);
  return socket.exchange(batch);
}

// The pair of the container's last run may still be there: the kernel takes a namespace apart in the background.
Result<void> make_pair(NetlinkSocket& socket, BorrowedFd network_namespace, const Endpoint& endpoint) {
  NetlinkBatch pair;
  add_pair(pair, network_namespace, endpoint);
  auto made = socket.exchange(pair);
  if (made.ok() || made.error().errno_value() != EEXIST) return made;
  if (auto removed = detach(endpoint.host_name); !removed) return made;
  return socket.exchange(pair);
}

}  // namespace

Result<void> attach(BorrowedFd network_namespace, const Endpoint& endpoint) {
  auto socket = TRY(NetlinkSocket::open(NETLINK_ROUTE));
  TRY(make_pair(socket, network_namespace, endpoint));
  ScopeGuard remove([&] {
    // The first error is the one to tell; the pair also goes with the namespace.
    if (auto removed = detach(endpoint.host_name); !removed) return;
  });
  TRY(configure_inside(network_namespace, endpoint));
  TRY(open_port(socket, endpoint));
  remove.keep();
  return {};
}

Result<void> detach(const std::string& host_name) { return delete_link(host_name); }

std::string host_interface_name(std::string_view container_id, unsigned ordinal) {
  return formatted("te{}{}", container_id.substr(0, 11), static_cast<char>('a' + ordinal % 26));
}

}  // namespace tare::network
