#include <libnftnl/chain.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <memory>

#include "network/firewall.h"
#include "network/nft.h"

namespace tare::network {
namespace {

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

Result<std::vector<std::string>> find_foreign_drops(const std::string& table) {
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  NetlinkBatch batch;
  auto* message = add_nft_message(batch, NFT_MSG_GETCHAIN, NLM_F_DUMP, "list nftables chains");
  static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(message))->nfgen_family = NFPROTO_UNSPEC;
  std::vector<std::string> chains;
  TRY(socket.exchange(batch, [&](const nlmsghdr* reply) {
    if (auto chain = dropping_chain(reply, table)) chains.push_back(std::move(*chain));
  }));
  return chains;
}

}  // namespace tare::network
