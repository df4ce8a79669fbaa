// rtnetlink by hand over libmnl: a start needs six kinds of messages, for which libnl-route would cost more at every
// start of the program than all of the network itself.
#include "network/link.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace tare::network {
namespace {

ifinfomsg* put_link_header(nlmsghdr* message) {
  return static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
}

bool has_bridge_kind(const nlattr* link_info) {
  bool found = false;
  for_each_nested(link_info, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
      found = mnl_attr_get_str(attribute) == std::string_view("bridge");
  });
  return found;
}

Link parse_link(const nlmsghdr* message) {
  const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  Link link{static_cast<unsigned>(header->ifi_index), (header->ifi_flags & IFF_UP) != 0};
  for_each_attribute(message, sizeof(ifinfomsg), [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == IFLA_LINKINFO) link.is_bridge = has_bridge_kind(attribute);
  });
  return link;
}

}  // namespace

void add_set_up(NetlinkBatch& batch, unsigned index) {
  auto* message = batch.add(RTM_NEWLINK, 0, formatted("set interface {} up", index));
  auto* header = put_link_header(message);
  header->ifi_index = static_cast<int>(index);
  header->ifi_flags = header->ifi_change = IFF_UP;
}

void add_delete_link(NetlinkBatch& batch, const std::string& name) {
  auto* message = batch.add(RTM_DELLINK, 0, formatted("remove interface {}", name));
  put_link_header(message);
  mnl_attr_put_strz(message, IFLA_IFNAME, name.c_str());
}

void add_address(NetlinkBatch& batch, unsigned index, Ipv4 address, unsigned prefix) {
  auto* message = batch.add(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, formatted("add address {}", to_string(address)));
  auto* header = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
  header->ifa_family = AF_INET;
  header->ifa_prefixlen = static_cast<uint8_t>(prefix);
  header->ifa_index = index;
  mnl_attr_put_u32(message, IFA_LOCAL, htonl(address.bits));
  mnl_attr_put_u32(message, IFA_ADDRESS, htonl(address.bits));
  uint32_t host_bits = prefix >= 31 ? 0 : ~uint32_t{0} >> prefix;
  if (host_bits != 0) mnl_attr_put_u32(message, IFA_BROADCAST, htonl(address.bits | host_bits));
}

void add_default_route(NetlinkBatch& batch, unsigned index, Ipv4 gateway) {
  auto* message =
      batch.add(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, formatted("add default route via {}", to_string(gateway)));
  auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
  header->rtm_family = AF_INET;
  header->rtm_table = RT_TABLE_MAIN;
  header->rtm_protocol = RTPROT_BOOT;
  header->rtm_scope = RT_SCOPE_UNIVERSE;
  header->rtm_type = RTN_UNICAST;
  mnl_attr_put_u32(message, RTA_GATEWAY, htonl(gateway.bits));
  mnl_attr_put_u32(message, RTA_OIF, index);
}

void add_get_link(NetlinkBatch& batch, const std::string& name) {
  auto* message = batch.add(RTM_GETLINK, 0, formatted("find interface {}", name));
  put_link_header(message);
  mnl_attr_put_strz(message, IFLA_IFNAME, name.c_str());
  mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);  // statistics are most of the answer otherwise
}

void add_get_link(NetlinkBatch& batch, unsigned index) {
  auto* message = batch.add(RTM_GETLINK, 0, formatted("find interface {}", index));
  put_link_header(message)->ifi_index = static_cast<int>(index);
  mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

Result<Link> find_link(NetlinkSocket& socket, const std::string& name) {
  NetlinkBatch batch;
  add_get_link(batch, name);
  Link link;
  auto done = socket.exchange(batch, [&](const nlmsghdr* reply) { link = parse_link(reply); });
  if (!done && done.error().errno_value() == ENODEV) return std::move(done).error().with_kind(ErrorKind::kNotFound);
  if (!done) return std::move(done).error();
  return link;
}

Result<void> delete_link(const std::string& name) {
  auto socket = TRY(NetlinkSocket::open(NETLINK_ROUTE));
  NetlinkBatch batch;
  add_delete_link(batch, name);
  auto done = socket.exchange(batch);
  if (!done && done.error().errno_value() == ENODEV) return {};
  return done;
}

}  // namespace tare::network
