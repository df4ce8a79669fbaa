// A bridge is made in an order in which every step can be repeated, and each call does all that are cheap to check: a
// process that died in the middle, a reboot, and somebody's `ip link del` are all repaired by the next start.
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "network/firewall_table.h"
#include "network/foreign_tables.h"
#include "network/link.h"
#include "network/network.h"
#include "os/file.h"

namespace tare::network {
namespace {

void add_bridge(NetlinkBatch& batch, const Bridge& bridge) {
  auto* message = batch.add(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, formatted("create bridge {}", bridge.name));
  auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
  header->ifi_flags = header->ifi_change = IFF_UP;
  mnl_attr_put_strz(message, IFLA_IFNAME, bridge.name.c_str());
  mnl_attr_put_u32(message, IFLA_MTU, bridge.mtu);
  // Without an address of its own a bridge takes the lowest of its ports, and changes it as containers come and go.
  auto mac = mac_of(bridge.gateway);
  mnl_attr_put(message, IFLA_ADDRESS, mac.bytes.size(), mac.bytes.data());
  auto* information = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_KIND, "bridge");
  auto* specifics = mnl_attr_nest_start(message, IFLA_INFO_DATA);
  mnl_attr_put_u32(message, IFLA_BR_FORWARD_DELAY, 0);  // a new port passes packets at once
  mnl_attr_put_u32(message, IFLA_BR_STP_STATE, 0);
  mnl_attr_nest_end(message, specifics);
  mnl_attr_nest_end(message, information);
}

// Writes only what differs: /proc/sys may be read-only where the administrator has set it already.
Result<void> set_sysctl(const std::string& name, std::string_view value) {
  auto path = "/proc/sys/net/ipv4/" + name;
  auto current = TRY(os::read_file(path));
  if (trim(current) == value) return {};
  return os::write_file(path, value).context(formatted("set sysctl net.ipv4.{}", name));
}

Result<Link> find_or_create(NetlinkSocket& socket, const Bridge& bridge) {
  auto found = find_link(socket, bridge.name);
  if (found || found.error().kind() != ErrorKind::kNotFound) return found;
  NetlinkBatch batch;
  add_bridge(batch, bridge);
  auto created = socket.exchange(batch);
  // Another process may have been faster: its bridge is as good.
  if (!created && created.error().errno_value() != EEXIST) return std::move(created).error();
  return find_link(socket, bridge.name);
}

// The address is set each time: whoever made the link may have died before it got one. It changes nothing when there.
Result<void> configure(NetlinkSocket& socket, const Bridge& bridge, const Link& link) {
  NetlinkBatch batch;
  add_address(batch, link.index, bridge.gateway, bridge.subnet.prefix);
  if (!link.up) add_set_up(batch, link.index);
  return socket.exchange(batch);
}

Result<void> set_sysctls(const Bridge& bridge) {
  TRY(set_sysctl("ip_forward", "1"));
  // Lets 127.0.0.1:PORT of the host be translated to a container; firewall_rules.cc closes what else it opens.
  return set_sysctl(formatted("conf/{}/route_localnet", bridge.name), "1");
}

}  // namespace

Result<unsigned> ensure_bridge(const Bridge& bridge, const std::string& table) {
  if (bridge.name.empty() || bridge.name.size() >= IFNAMSIZ) {
    return Failure(ErrorKind::kInvalidArgument, "invalid bridge name {}: it must have 1 to 15 characters", bridge.name);
  }
  auto socket = TRY(NetlinkSocket::open(NETLINK_ROUTE));
  auto link = TRY(find_or_create(socket, bridge));
  if (!link.is_bridge) {
    return Failure(ErrorKind::kConflict, "interface {} exists and is not a bridge", bridge.name)
        .with_hint("choose another name with -o com.docker.network.bridge.name");
  }
  TRY(configure(socket, bridge, link));
  TRY(set_sysctls(bridge));
  TRY(ensure_firewall(bridge, table));
  TRY(pass_docker(bridge.name));
  return link.index;
}

Result<void> remove_bridge(const Bridge& bridge, const std::string& table) {
  TRY(forget_bridge(bridge, table));
  TRY(forget_docker(bridge.name));
  return delete_link(bridge.name);
}

}  // namespace tare::network
