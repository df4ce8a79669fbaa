// What other tables do with our packets. They are read, and only Docker's own chain for users is written.
#include "network/foreign_tables.h"

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <memory>

#include "network/firewall.h"
#include "network/nft.h"

namespace tare::network {
namespace {

constexpr const char* kDockerTable = "filter";
constexpr const char* kDockerChain = "DOCKER-USER";

std::string mark_of(const std::string& bridge) { return "tare " + bridge; }

NetlinkBatch find_docker_chain() {
  NetlinkBatch batch;
  auto* message = add_nft_message(batch, NFT_MSG_GETCHAIN, 0, "find iptables chain DOCKER-USER");
  mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, kDockerTable);
  mnl_attr_put_strz(message, NFTA_CHAIN_NAME, kDockerChain);
  return batch;
}

// Nothing when there is no such chain; else the handles of our rules for this bridge.
Result<std::optional<std::vector<uint64_t>>> find_own_rules(const std::string& bridge) {
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  auto chain = socket.exchange(find_docker_chain());
  if (!chain && chain.error().errno_value() == ENOENT) return std::optional<std::vector<uint64_t>>();
  if (!chain) return std::move(chain).error();
  NetlinkBatch batch;
  auto* message = add_nft_message(batch, NFT_MSG_GETRULE, NLM_F_DUMP, "list iptables chain DOCKER-USER");
  mnl_attr_put_strz(message, NFTA_RULE_TABLE, kDockerTable);
  mnl_attr_put_strz(message, NFTA_RULE_CHAIN, kDockerChain);
  std::vector<uint64_t> handles;
  TRY(socket.exchange(batch, [&](const nlmsghdr* reply) {
    auto rule = parse_rule(reply);
    if (rule && rule_comment(rule.get()) == mark_of(bridge)) {
      handles.push_back(nftnl_rule_get_u64(rule.get(), NFTNL_RULE_HANDLE));
    }
  }));
  return std::optional(std::move(handles));
}

struct ChainFree {
  void operator()(nftnl_chain* chain) const { nftnl_chain_free(chain); }
};

std::string_view family_name(uint32_t family) { return family == NFPROTO_IPV4 ? "ip" : "inet"; }

std::optional<std::string> dropping_chain(const nlmsghdr* reply, const std::string& own_table) {
  std::unique_ptr<nftnl_chain, ChainFree> chain(nftnl_chain_alloc());
  if (!chain || nftnl_chain_nlmsg_parse(reply, chain.get()) < 0) return std::nullopt;
  uint32_t family = nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FAMILY);
  if (family != NFPROTO_IPV4 && family != NFPROTO_INET) return std::nullopt;
  if (!nftnl_chain_is_set(chain.get(), NFTNL_CHAIN_HOOKNUM)) return std::nullopt;
  if (nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_HOOKNUM) != NF_INET_FORWARD) return std::nullopt;
  if (nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_POLICY) != NF_DROP) return std::nullopt;
  std::string table = nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE);
  if (table == own_table) return std::nullopt;
  return formatted("{} {} {}", family_name(family), table, nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME));
}

}  // namespace

Result<void> pass_docker(const std::string& bridge) {
  auto own = TRY(find_own_rules(bridge));
  if (!own || !own->empty()) return {};
  NftTransaction transaction(kDockerTable);
  // In the words that iptables-nft writes itself, or it could not list the chain any more.
  for (auto name : {NFT_META_IIFNAME, NFT_META_OIFNAME}) {
    transaction.insert_rule(
        kDockerChain,
        rule({load_meta(name, NFT_REG_1), compare_name(NFT_REG_1, bridge), counter(), verdict(NF_ACCEPT)}),
        mark_of(bridge));
  }
  return transaction.commit().context("let packets pass Docker's firewall");
}

Result<void> forget_docker(const std::string& bridge) {
  auto own = TRY(find_own_rules(bridge));
  if (!own || own->empty()) return {};
  NftTransaction transaction(kDockerTable);
  for (auto handle : *own) transaction.delete_rule(kDockerChain, handle);
  return transaction.commit();
}

Result<std::vector<std::string>> find_foreign_drops(const std::string& table) {
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  NetlinkBatch batch;
  auto* message = add_nft_message(batch, NFT_MSG_GETCHAIN, NLM_F_DUMP, "list nftables chains");
  static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(message))->nfgen_family = NFPROTO_UNSPEC;
  std::vector<std::string> chains;
  const bool docker = socket.exchange(find_docker_chain()).ok();
  TRY(socket.exchange(batch, [&](const nlmsghdr* reply) {
    if (auto chain = dropping_chain(reply, table)) chains.push_back(std::move(*chain));
  }));
  if (docker) std::erase(chains, "ip filter FORWARD");  // pass_docker
  return chains;
}

}  // namespace tare::network
