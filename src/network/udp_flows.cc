#include "network/udp_flows.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <algorithm>

#include "network/netlink.h"

namespace tare::network {
namespace {

struct Flow {
  uint8_t protocol = 0;
  uint16_t port = 0;
  Ipv4 address;
  uint32_t id = 0;
  std::string tuple;  // CTA_TUPLE_ORIG as the kernel wrote it
};

nlmsghdr* add_message(NetlinkBatch& batch, uint16_t type, uint16_t flags, const char* label) {
  auto* message = batch.add(static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type), flags, label);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = AF_INET;
  header->version = NFNETLINK_V0;
  return message;
}

void read_tuple(const nlattr* tuple, Flow& flow) {
  for_each_nested(tuple, [&](const nlattr* part) {
    for_each_nested(part, [&](const nlattr* field) {
      bool address = mnl_attr_get_type(part) == CTA_TUPLE_IP;
      if (address && mnl_attr_get_type(field) == CTA_IP_V4_DST) flow.address = {ntohl(mnl_attr_get_u32(field))};
      if (!address && mnl_attr_get_type(field) == CTA_PROTO_NUM) flow.protocol = mnl_attr_get_u8(field);
      if (!address && mnl_attr_get_type(field) == CTA_PROTO_DST_PORT) flow.port = ntohs(mnl_attr_get_u16(field));
    });
  });
}

Flow parse_flow(const nlmsghdr* message) {
  Flow flow;
  for_each_attribute(message, sizeof(nfgenmsg), [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == CTA_ID) flow.id = mnl_attr_get_u32(attribute);
    if (mnl_attr_get_type(attribute) != CTA_TUPLE_ORIG) return;
    read_tuple(attribute, flow);
    flow.tuple.assign(static_cast<const char*>(mnl_attr_get_payload(attribute)), mnl_attr_get_payload_len(attribute));
  });
  return flow;
}

bool is_of(const Flow& flow, const PortMapping& mapping) {
  return mapping.protocol == Protocol::kUdp && flow.protocol == static_cast<uint8_t>(Protocol::kUdp) &&
         flow.port == mapping.host_port && (mapping.host_address.any() || mapping.host_address == flow.address);
}

void add_delete(NetlinkBatch& batch, const Flow& flow) {
  auto* message = add_message(batch, IPCTNL_MSG_CT_DELETE, 0, "forget a UDP flow");
  mnl_attr_put(message, CTA_TUPLE_ORIG | NLA_F_NESTED, flow.tuple.size(), flow.tuple.data());
  mnl_attr_put_u32(message, CTA_ID, flow.id);  // not a flow that took its place meanwhile
}

}  // namespace

Result<void> forget_udp_flows(const std::vector<PublishedPort>& ports) {
  auto is_udp = [](const PublishedPort& port) { return port.mapping.protocol == Protocol::kUdp; };
  if (std::none_of(ports.begin(), ports.end(), is_udp)) return {};
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  NetlinkBatch list, forget;
  add_message(list, IPCTNL_MSG_CT_GET, NLM_F_DUMP, "list connections");
  TRY(socket.exchange(list, [&](const nlmsghdr* reply) {
    auto flow = parse_flow(reply);
    if (std::any_of(ports.begin(), ports.end(), [&](const auto& port) { return is_of(flow, port.mapping); })) {
      add_delete(forget, flow);
    }
  }));
  if (forget.count() == 0) return {};
  auto done = socket.exchange(forget);
  if (!done && done.error().errno_value() == ENOENT) return {};  // it ended by itself
  return done;
}

}  // namespace tare::network
