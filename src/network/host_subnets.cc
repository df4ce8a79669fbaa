// Routes and addresses of the host, to choose a subnet that hides none of them. Loopback's is listed too; that harms
// nobody.
#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include "network/allocate.h"
#include "network/netlink.h"

namespace tare::network {
namespace {

std::optional<Subnet> find_subnet(const nlmsghdr* message, size_t header_size, uint16_t type, unsigned prefix) {
  std::optional<Subnet> subnet;
  for_each_attribute(message, header_size, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) != type) return;
    subnet = Subnet{{ntohl(mnl_attr_get_u32(attribute))}, prefix};
    subnet->base.bits &= subnet->mask();
  });
  return subnet;
}

std::optional<Subnet> parse_route(const nlmsghdr* message) {
  const auto* route = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
  // Prefix 0 is the default route, which leads everywhere and so collides with nothing.
  if (route->rtm_family != AF_INET || route->rtm_dst_len == 0 || route->rtm_type != RTN_UNICAST) return std::nullopt;
  return find_subnet(message, sizeof(rtmsg), RTA_DST, route->rtm_dst_len);
}

std::optional<Subnet> parse_interface_address(const nlmsghdr* message) {
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(message));
  if (header->ifa_family != AF_INET) return std::nullopt;
  return find_subnet(message, sizeof(ifaddrmsg), IFA_ADDRESS, header->ifa_prefixlen);
}

// One dump for each exchange: the kernel refuses a second one on a socket while the first runs.
Result<void> dump(NetlinkSocket& socket, uint16_t type, const char* label, const NetlinkReply& on_reply) {
  NetlinkBatch batch;
  auto* message = batch.add(type, NLM_F_DUMP, label);
  auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
  header->rtm_family = AF_INET;  // the first byte, as in every rtnetlink header
  return socket.exchange(batch, on_reply);
}

}  // namespace

Result<std::vector<Subnet>> read_host_subnets() {
  auto socket = TRY(NetlinkSocket::open(NETLINK_ROUTE));
  std::vector<Subnet> subnets;
  TRY(dump(socket, RTM_GETROUTE, "list routes", [&](const nlmsghdr* reply) {
    if (auto subnet = parse_route(reply)) subnets.push_back(*subnet);
  }));
  TRY(dump(socket, RTM_GETADDR, "list addresses", [&](const nlmsghdr* reply) {
    if (auto subnet = parse_interface_address(reply)) subnets.push_back(*subnet);
  }));
  return subnets;
}

}  // namespace tare::network
