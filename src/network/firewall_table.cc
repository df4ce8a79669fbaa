// The rules, as `nft list` would say them. Their number is fixed; bridges and ports are elements.
//
//   guard       filter, prerouting −300   iifname @bridges, loopback source or destination      drop
//   prerouting  nat −100                  destination is an address of this host                jump publish
//   output      nat −100                  the same
//   publish     destination in @published_at, else in @published_any                            dnat
//   postrouting nat 100                   oifname . source @own_sources, translated (hairpin)   masquerade
//                                         iifname @bridges, oifname not                         masquerade
//                                         loopback source, oifname @bridges                     masquerade
//   forward     filter 0                  iifname . oifname @within; established                accept
//                                         iifname @internal                                     drop
//                                         translated                                            accept
//                                         oifname @bridges                                      drop
//
// Why own_sources and not within: under br_netfilter (bridge-nf-call-iptables, which Docker and Kubernetes switch on)
// a hairpin packet stays on the bridge, and the postrouting hook is not told where it came from.
// Why forward drops: without it every neighbour of the host that routes a container's address through it reaches
// ports that nobody published, and networks would not be apart from each other.
// Why guard: route_localnet, which 127.0.0.1:PORT needs, would let containers reach what listens on the host's
// loopback (CVE-2020-8558).
#include "network/firewall_table.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "network/firewall.h"

namespace tare::network {
namespace {

constexpr const char* kBridges = "bridges";
constexpr const char* kInternal = "internal";
constexpr const char* kWithin = "within";           // name . the same name: nftables cannot compare two registers
constexpr const char* kOwnSources = "own_sources";  // name . addresses of its subnet

// Names the version of the rules: another program version with other rules finds its own chain missing, and replaces
// them all in one transaction, without touching the elements.
constexpr const char* kPublish = "publish-1";

// nft's type numbers, six bits for each part of a concatenation; only `nft list` needs them.
constexpr uint32_t kIpv4Type = 7, kProtocolType = 12, kServiceType = 13, kInterfaceType = 41;
constexpr uint32_t concat(uint32_t first, uint32_t second) { return first << 6 | second; }

constexpr uint32_t kIfnameRegister = NFT_REG_1, kSecondIfnameRegister = NFT_REG_2;  // 16 bytes each

nftnl_expr* load_source() { return load_payload(NFT_PAYLOAD_NETWORK_HEADER, 12, 4, kRegister); }
nftnl_expr* load_destination() { return load_payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4, kRegister); }
nftnl_expr* load_port(uint32_t into) { return load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, into); }
nftnl_expr* load_input() { return load_meta(NFT_META_IIFNAME, kIfnameRegister); }
nftnl_expr* load_output() { return load_meta(NFT_META_OIFNAME, kIfnameRegister); }
nftnl_expr* load_second_output() { return load_meta(NFT_META_OIFNAME, kSecondIfnameRegister); }
// Behind the 16 bytes of a name in the first registers.
nftnl_expr* load_source_behind_name() { return load_payload(NFT_PAYLOAD_NETWORK_HEADER, 12, 4, kRegister + 4); }
nftnl_expr* mask_loopback() { return mask(kRegister, htonl(0xff000000)); }
nftnl_expr* is_loopback() { return compare(kRegister, NFT_CMP_EQ, htonl(0x7f000000)); }
nftnl_expr* is_nonzero() { return compare(kRegister, NFT_CMP_NEQ, 0); }

void add_sets(NftTransaction& transaction) {
  transaction.add_set(kBridges, kInterfaceType, IFNAMSIZ);
  transaction.add_set(kInternal, kInterfaceType, IFNAMSIZ);
  transaction.add_set(kWithin, concat(kInterfaceType, kInterfaceType), 2 * IFNAMSIZ);
  transaction.add_range_set(kOwnSources, concat(kInterfaceType, kIpv4Type), {IFNAMSIZ, 4});
  constexpr uint32_t target = concat(kIpv4Type, kServiceType);
  transaction.add_map(kPublishedAny, concat(kProtocolType, kServiceType), 8, target, 8);
  transaction.add_map(kPublishedAt, concat(concat(kIpv4Type, kProtocolType), kServiceType), 12, target, 8);
}

void add_chains(NftTransaction& transaction) {
  transaction.add_chain(kPublish);
  transaction.add_base_chain("guard", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW, NF_ACCEPT);
  transaction.add_base_chain("prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST, NF_ACCEPT);
  transaction.add_base_chain("output", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST, NF_ACCEPT);
  transaction.add_base_chain("postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC, NF_ACCEPT);
  transaction.add_base_chain("forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER, NF_ACCEPT);
  for (auto* chain : {kPublish, "guard", "prerouting", "output", "postrouting", "forward"}) {
    transaction.flush_chain(chain);
  }
}

void add_publish_rules(NftTransaction& transaction) {
  constexpr uint32_t first = kRegister, second = kRegister + 1, third = kRegister + 2;
  transaction.add_rule(kPublish, rule({load_destination(), load_meta(NFT_META_L4PROTO, second), load_port(third),
                                       lookup_into(kPublishedAt, first, first), destination_nat(first, second)}));
  transaction.add_rule(kPublish, rule({load_meta(NFT_META_L4PROTO, first), load_port(second),
                                       lookup_into(kPublishedAny, first, first), destination_nat(first, second)}));
  for (auto* chain : {"prerouting", "output"}) {
    transaction.add_rule(chain, rule({load_destination_type(kRegister), compare(kRegister, NFT_CMP_EQ, RTN_LOCAL),
                                      verdict(NFT_JUMP, kPublish)}));
  }
}

void add_guard_rules(NftTransaction& transaction) {
  transaction.add_rule("guard", rule({load_input(), lookup(kBridges, kIfnameRegister), load_destination(),
                                      mask_loopback(), is_loopback(), verdict(NF_DROP)}));
  transaction.add_rule("guard", rule({load_input(), lookup(kBridges, kIfnameRegister), load_source(), mask_loopback(),
                                      is_loopback(), verdict(NF_DROP)}));
}

void add_masquerade_rules(NftTransaction& transaction) {
  transaction.add_rule("postrouting", rule({load_output(), load_source_behind_name(),
                                            lookup(kOwnSources, kIfnameRegister), load_ct(NFT_CT_STATUS, kRegister),
                                            mask(kRegister, IPS_DST_NAT), is_nonzero(), masquerade()}));
  transaction.add_rule("postrouting", rule({load_input(), lookup(kBridges, kIfnameRegister), load_output(),
                                            lookup(kBridges, kIfnameRegister, true), masquerade()}));
  transaction.add_rule("postrouting", rule({load_source(), mask_loopback(), is_loopback(), load_output(),
                                            lookup(kBridges, kIfnameRegister), masquerade()}));
}

void add_forward_rules(NftTransaction& transaction) {
  constexpr uint32_t known = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  transaction.add_rule(
      "forward", rule({load_input(), load_second_output(), lookup(kWithin, kIfnameRegister), verdict(NF_ACCEPT)}));
  transaction.add_rule(
      "forward", rule({load_ct(NFT_CT_STATE, kRegister), mask(kRegister, known), is_nonzero(), verdict(NF_ACCEPT)}));
  transaction.add_rule("forward", rule({load_input(), lookup(kInternal, kIfnameRegister), verdict(NF_DROP)}));
  transaction.add_rule("forward", rule({load_ct(NFT_CT_STATUS, kRegister), mask(kRegister, IPS_DST_NAT), is_nonzero(),
                                        verdict(NF_ACCEPT)}));
  transaction.add_rule("forward", rule({load_output(), lookup(kBridges, kIfnameRegister), verdict(NF_DROP)}));
}

std::string address_key(Ipv4 address) {
  uint32_t bits = htonl(address.bits);
  return std::string(reinterpret_cast<const char*>(&bits), sizeof(bits));
}

// What the sets say about a bridge.
std::vector<NftSet> bridge_elements(const Bridge& bridge, const std::string& table) {
  auto name = interface_key(bridge.name);
  std::vector<NftSet> sets;
  sets.push_back(make_elements(table, kBridges));
  put_element(sets.back().get(), name);
  sets.push_back(make_elements(table, kWithin));
  put_element(sets.back().get(), name + name);
  sets.push_back(make_elements(table, kOwnSources));
  put_range(sets.back().get(), name + address_key(bridge.subnet.base), name + address_key(bridge.subnet.broadcast()));
  if (!bridge.internal) return sets;
  sets.push_back(make_elements(table, kInternal));
  put_element(sets.back().get(), name);
  return sets;
}

void add_get_chain(NetlinkBatch& batch, const std::string& table, const char* name) {
  auto* message = add_nft_message(batch, NFT_MSG_GETCHAIN, 0, formatted("find nftables chain {} {}", table, name));
  mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table.c_str());
  mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
}

Result<bool> is_complete(const Bridge& bridge, const std::string& table) {
  NetlinkBatch batch;
  add_get_chain(batch, table, kPublish);
  for (const auto& set : bridge_elements(bridge, table)) {
    add_get_elements(batch, set.get(), formatted("find bridge {} in the firewall", bridge.name));
  }
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  auto found = socket.exchange(batch);
  if (found) return true;
  if (found.error().errno_value() == ENOENT) return false;
  return std::move(found).error();
}

}  // namespace

Result<void> ensure_firewall(const Bridge& bridge, const std::string& table) {
  if (TRY(is_complete(bridge, table))) return {};
  NftTransaction transaction(table);
  transaction.add_table();
  add_sets(transaction);
  add_chains(transaction);
  add_publish_rules(transaction);
  add_guard_rules(transaction);
  add_masquerade_rules(transaction);
  add_forward_rules(transaction);
  for (const auto& set : bridge_elements(bridge, table)) {
    transaction.add_elements(set.get(), 0, formatted("add bridge {}", bridge.name));
  }
  return transaction.commit().context("set up the firewall");
}

Result<void> forget_bridge(const Bridge& bridge, const std::string& table) {
  // One transaction for each set, since a missing element would undo the others.
  for (const auto& set : bridge_elements(bridge, table)) {
    NftTransaction transaction(table);
    transaction.delete_elements(set.get(), formatted("remove bridge {}", bridge.name));
    auto done = transaction.commit();
    if (!done && done.error().errno_value() != ENOENT) return done;
  }
  return {};
}

Result<void> remove_firewall(const std::string& table) {
  NftTransaction transaction(table);
  transaction.delete_table();
  auto done = transaction.commit();
  if (!done && done.error().errno_value() == ENOENT) return {};
  return done;
}

}  // namespace tare::network
