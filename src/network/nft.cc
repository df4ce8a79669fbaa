// libnftnl's objects are short-lived here: one is filled, written into the batch and freed. Its setters copy what they
// get and cannot fail but for memory.
#include "network/nft.h"

#include <arpa/inet.h>
#include <libnftnl/batch.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <new>
#include <numeric>

namespace tare::network {
namespace {

struct TableFree {
  void operator()(nftnl_table* table) const { nftnl_table_free(table); }
};
struct ChainFree {
  void operator()(nftnl_chain* chain) const { nftnl_chain_free(chain); }
};
using NftTable = std::unique_ptr<nftnl_table, TableFree>;
using NftChain = std::unique_ptr<nftnl_chain, ChainFree>;

static_assert(NFTNL_UDATA_SET_ELEM_COMMENT == 0 && NFTNL_UDATA_RULE_COMMENT == 0, "comments are written alike");
constexpr size_t kMaximumComment = 127;  // nft's own limit

// libnftnl's allocations fail only when memory is exhausted, which is no Result.
template <typename T>
T* checked(T* allocated) {
  if (allocated == nullptr) throw std::bad_alloc();
  return allocated;
}

void put_nfgen(nlmsghdr* message, uint8_t family, uint16_t resource) {
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = family;
  header->version = NFNETLINK_V0;
  header->res_id = htons(resource);
}

NftTable make_table(const std::string& name) {
  NftTable table(checked(nftnl_table_alloc()));
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, name.c_str());
  return table;
}

NftChain make_chain(const std::string& table, const char* name) {
  NftChain chain(checked(nftnl_chain_alloc()));
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, table.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, name);
  return chain;
}

nftnl_expr* expression(const char* name) { return checked(nftnl_expr_alloc(name)); }

void set(nftnl_expr* expression, uint16_t attribute, uint32_t value) {
  nftnl_expr_set_u32(expression, attribute, value);
}

std::string comment_userdata(std::string_view comment) {
  std::string bytes;
  comment = comment.substr(0, kMaximumComment);
  bytes += static_cast<char>(NFTNL_UDATA_SET_ELEM_COMMENT);
  bytes += static_cast<char>(comment.size() + 1);
  bytes += comment;
  bytes += '\0';
  return bytes;
}

// Type, length, text with a zero; others could have written anything.
std::string parse_comment(const void* userdata, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(userdata);
  if (bytes == nullptr || size < 3 || bytes[0] != NFTNL_UDATA_SET_ELEM_COMMENT || bytes[1] < 1) return {};
  size_t length = std::min<size_t>(bytes[1] - 1u, size - 2);
  return std::string(reinterpret_cast<const char*>(bytes + 2), length);
}

}  // namespace

void NftFree::operator()(nftnl_rule* rule) const { nftnl_rule_free(rule); }
void NftFree::operator()(nftnl_set* set) const { nftnl_set_free(set); }

nlmsghdr* add_nft_message(NetlinkBatch& batch, uint16_t message, uint16_t flags, std::string label) {
  auto* header = batch.add((NFNL_SUBSYS_NFTABLES << 8) | message, flags, std::move(label));
  put_nfgen(header, NFPROTO_IPV4, 0);
  return header;
}

void add_get_elements(NetlinkBatch& batch, const nftnl_set* elements, std::string label) {
  auto* message = add_nft_message(batch, NFT_MSG_GETSETELEM, 0, std::move(label));
  nftnl_set_elems_nlmsg_build_payload(message, const_cast<nftnl_set*>(elements));  // it reads only
}

NftTransaction::NftTransaction(std::string table) : table_(std::move(table)) {
  put_nfgen(batch_.add(NFNL_MSG_BATCH_BEGIN, 0, "begin nftables transaction"), AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

nlmsghdr* NftTransaction::add(uint16_t message, uint16_t flags, std::string label) {
  return add_nft_message(batch_, message, flags, std::move(label));
}

void NftTransaction::add_table() {
  auto* message = add(NFT_MSG_NEWTABLE, NLM_F_CREATE, formatted("add nftables table {}", table_));
  nftnl_table_nlmsg_build_payload(message, make_table(table_).get());
}

void NftTransaction::delete_table() {
  auto* message = add(NFT_MSG_DELTABLE, 0, formatted("delete nftables table {}", table_));
  nftnl_table_nlmsg_build_payload(message, make_table(table_).get());
}

void NftTransaction::add_new_set(const char* name, NftSet set) {
  nftnl_set_set_u32(set.get(), NFTNL_SET_FAMILY, NFPROTO_IPV4);
  nftnl_set_set_u32(set.get(), NFTNL_SET_ID, next_set_id_++);
  auto* message = add(NFT_MSG_NEWSET, NLM_F_CREATE, formatted("add nftables set {} {}", table_, name));
  nftnl_set_nlmsg_build_payload(message, set.get());
}

void NftTransaction::add_set(const char* name, uint32_t key_type, uint32_t key_length) {
  auto set = make_elements(table_, name);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_TYPE, key_type);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_LEN, key_length);
  // Type, length, value: byte order of the key is the host's. Without it `nft list` shows names as empty.
  constexpr uint8_t host_order[] = {NFTNL_UDATA_SET_KEYBYTEORDER, 4, 1, 0, 0, 0};
  nftnl_set_set_data(set.get(), NFTNL_SET_USERDATA, host_order, sizeof(host_order));
  add_new_set(name, std::move(set));
}

void NftTransaction::add_map(const char* name, uint32_t key_type, uint32_t key_length, uint32_t data_type,
                             uint32_t data_length) {
  auto set = make_elements(table_, name);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_TYPE, key_type);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_LEN, key_length);
  nftnl_set_set_u32(set.get(), NFTNL_SET_FLAGS, NFT_SET_MAP);
  nftnl_set_set_u32(set.get(), NFTNL_SET_DATA_TYPE, data_type);
  nftnl_set_set_u32(set.get(), NFTNL_SET_DATA_LEN, data_length);
  add_new_set(name, std::move(set));
}

void NftTransaction::add_range_set(const char* name, uint32_t key_type, const std::vector<uint8_t>& field_lengths) {
  auto set = make_elements(table_, name);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_TYPE, key_type);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_LEN, std::accumulate(field_lengths.begin(), field_lengths.end(), 0u));
  nftnl_set_set_u32(set.get(), NFTNL_SET_FLAGS, NFT_SET_INTERVAL | NFT_SET_CONCAT);
  nftnl_set_set_data(set.get(), NFTNL_SET_DESC_CONCAT, field_lengths.data(),
                     static_cast<uint32_t>(field_lengths.size()));
  add_new_set(name, std::move(set));
}

void NftTransaction::add_chain(const char* name) {
  auto* message = add(NFT_MSG_NEWCHAIN, NLM_F_CREATE, formatted("add nftables chain {} {}", table_, name));
  nftnl_chain_nlmsg_build_payload(message, make_chain(table_, name).get());
}

void NftTransaction::add_base_chain(const char* name, const char* type, uint32_t hook, int32_t priority,
                                    uint32_t policy) {
  auto chain = make_chain(table_, name);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, type);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, hook);
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, priority);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, policy);
  auto* message = add(NFT_MSG_NEWCHAIN, NLM_F_CREATE, formatted("add nftables chain {} {}", table_, name));
  nftnl_chain_nlmsg_build_payload(message, chain.get());
}

void NftTransaction::flush_chain(const char* name) {
  NftRule all(checked(nftnl_rule_alloc()));
  nftnl_rule_set_str(all.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(all.get(), NFTNL_RULE_CHAIN, name);
  auto* message = add(NFT_MSG_DELRULE, 0, formatted("flush nftables chain {} {}", table_, name));
  nftnl_rule_nlmsg_build_payload(message, all.get());
}

void NftTransaction::add_rule(const char* chain, NftRule rule) {
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain);
  auto* message =
      add(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, formatted("add nftables rule to {} {}", table_, chain));
  nftnl_rule_nlmsg_build_payload(message, rule.get());
}

void NftTransaction::insert_rule(const char* chain, NftRule rule, std::string_view comment) {
  auto userdata = comment_userdata(comment);
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain);
  nftnl_rule_set_data(rule.get(), NFTNL_RULE_USERDATA, userdata.data(), static_cast<uint32_t>(userdata.size()));
  auto* message = add(NFT_MSG_NEWRULE, NLM_F_CREATE, formatted("add nftables rule to {} {}", table_, chain));
  nftnl_rule_nlmsg_build_payload(message, rule.get());
}

void NftTransaction::delete_rule(const char* chain, uint64_t handle) {
  NftRule rule(checked(nftnl_rule_alloc()));
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain);
  nftnl_rule_set_u64(rule.get(), NFTNL_RULE_HANDLE, handle);
  auto* message = add(NFT_MSG_DELRULE, 0, formatted("delete nftables rule of {} {}", table_, chain));
  nftnl_rule_nlmsg_build_payload(message, rule.get());
}

void NftTransaction::add_elements(const nftnl_set* set, uint16_t flags, std::string label) {
  auto* message = add(NFT_MSG_NEWSETELEM, NLM_F_CREATE | flags, std::move(label));
  nftnl_set_elems_nlmsg_build_payload(message, const_cast<nftnl_set*>(set));  // it reads only
}

void NftTransaction::delete_elements(const nftnl_set* set, std::string label) {
  auto* message = add(NFT_MSG_DELSETELEM, 0, std::move(label));
  nftnl_set_elems_nlmsg_build_payload(message, const_cast<nftnl_set*>(set));
}

Result<void> NftTransaction::commit() {
  put_nfgen(batch_.add(NFNL_MSG_BATCH_END, 0, "end nftables transaction"), AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  return socket.exchange(batch_);
}

NftSet make_elements(const std::string& table, const char* set) {
  NftSet elements(checked(nftnl_set_alloc()));
  nftnl_set_set_str(elements.get(), NFTNL_SET_TABLE, table.c_str());
  nftnl_set_set_str(elements.get(), NFTNL_SET_NAME, set);
  return elements;
}

void put_element(nftnl_set* set, std::string_view key, std::string_view data, std::string_view comment) {
  auto* element = checked(nftnl_set_elem_alloc());
  nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key.data(), static_cast<uint32_t>(key.size()));
  if (!data.empty()) nftnl_set_elem_set(element, NFTNL_SET_ELEM_DATA, data.data(), static_cast<uint32_t>(data.size()));
  if (!comment.empty()) {
    auto userdata = comment_userdata(comment);
    nftnl_set_elem_set(element, NFTNL_SET_ELEM_USERDATA, userdata.data(), static_cast<uint32_t>(userdata.size()));
  }
  nftnl_set_elem_add(set, element);  // the set owns it now
}

void put_range(nftnl_set* set, std::string_view first, std::string_view last) {
  auto* element = checked(nftnl_set_elem_alloc());
  nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, first.data(), static_cast<uint32_t>(first.size()));
  nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY_END, last.data(), static_cast<uint32_t>(last.size()));
  nftnl_set_elem_add(set, element);
}

std::string element_comment(const nftnl_set_elem* element) {
  uint32_t size = 0;
  const void* bytes = nftnl_set_elem_get(const_cast<nftnl_set_elem*>(element), NFTNL_SET_ELEM_USERDATA, &size);
  return parse_comment(bytes, size);
}

NftRule parse_rule(const nlmsghdr* message) {
  NftRule rule(checked(nftnl_rule_alloc()));
  return nftnl_rule_nlmsg_parse(message, rule.get()) < 0 ? NftRule() : std::move(rule);
}

std::string rule_comment(const nftnl_rule* rule) {
  uint32_t size = 0;
  const void* bytes = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &size);
  return parse_comment(bytes, size);
}

NftRule rule(std::initializer_list<nftnl_expr*> expressions) {
  NftRule rule(checked(nftnl_rule_alloc()));
  nftnl_rule_set_u32(rule.get(), NFTNL_RULE_FAMILY, NFPROTO_IPV4);
  for (auto* expression : expressions) nftnl_rule_add_expr(rule.get(), expression);
  return rule;
}

nftnl_expr* load_meta(uint32_t key, uint32_t into) {
  auto* meta = expression("meta");
  set(meta, NFTNL_EXPR_META_KEY, key);
  set(meta, NFTNL_EXPR_META_DREG, into);
  return meta;
}

nftnl_expr* load_ct(uint32_t key, uint32_t into) {
  auto* ct = expression("ct");
  set(ct, NFTNL_EXPR_CT_KEY, key);
  set(ct, NFTNL_EXPR_CT_DREG, into);
  return ct;
}

nftnl_expr* load_payload(uint32_t base, uint32_t offset, uint32_t length, uint32_t into) {
  auto* payload = expression("payload");
  set(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
  set(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
  set(payload, NFTNL_EXPR_PAYLOAD_LEN, length);
  set(payload, NFTNL_EXPR_PAYLOAD_DREG, into);
  return payload;
}

nftnl_expr* load_destination_type(uint32_t into) {
  auto* fib = expression("fib");
  set(fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  set(fib, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
  set(fib, NFTNL_EXPR_FIB_DREG, into);
  return fib;
}

nftnl_expr* mask(uint32_t register_number, uint32_t bits) {
  auto* bitwise = expression("bitwise");
  uint32_t zero = 0;
  set(bitwise, NFTNL_EXPR_BITWISE_SREG, register_number);
  set(bitwise, NFTNL_EXPR_BITWISE_DREG, register_number);
  set(bitwise, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
  set(bitwise, NFTNL_EXPR_BITWISE_LEN, sizeof(bits));
  nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, &bits, sizeof(bits));
  nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, &zero, sizeof(zero));
  return bitwise;
}

nftnl_expr* compare(uint32_t register_number, uint32_t operation, uint32_t value) {
  auto* cmp = expression("cmp");
  set(cmp, NFTNL_EXPR_CMP_SREG, register_number);
  set(cmp, NFTNL_EXPR_CMP_OP, operation);
  nftnl_expr_set(cmp, NFTNL_EXPR_CMP_DATA, &value, sizeof(value));
  return cmp;
}

nftnl_expr* compare_name(uint32_t register_number, std::string_view interface) {
  auto* cmp = expression("cmp");
  std::string name(interface);
  set(cmp, NFTNL_EXPR_CMP_SREG, register_number);
  set(cmp, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
  nftnl_expr_set(cmp, NFTNL_EXPR_CMP_DATA, name.c_str(), static_cast<uint32_t>(name.size() + 1));
  return cmp;
}

nftnl_expr* counter() { return expression("counter"); }

nftnl_expr* lookup(const char* set_name, uint32_t key, bool inverted) {
  auto* lookup = expression("lookup");
  set(lookup, NFTNL_EXPR_LOOKUP_SREG, key);
  nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, set_name);
  if (inverted) set(lookup, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
  return lookup;
}

nftnl_expr* lookup_into(const char* map, uint32_t key, uint32_t into) {
  auto* expression = lookup(map, key);
  set(expression, NFTNL_EXPR_LOOKUP_DREG, into);
  return expression;
}

nftnl_expr* destination_nat(uint32_t address, uint32_t port) {
  auto* nat = expression("nat");
  set(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
  set(nat, NFTNL_EXPR_NAT_FAMILY, NFPROTO_IPV4);
  set(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, address);
  set(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, port);
  return nat;
}

nftnl_expr* masquerade() { return expression("masq"); }

nftnl_expr* verdict(int code, const char* chain) {
  auto* immediate = expression("immediate");
  set(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
  set(immediate, NFTNL_EXPR_IMM_VERDICT, static_cast<uint32_t>(code));
  if (chain != nullptr) nftnl_expr_set_str(immediate, NFTNL_EXPR_IMM_CHAIN, chain);
  return immediate;
}

std::string interface_key(std::string_view name) {
  std::string key(name.substr(0, IFNAMSIZ - 1));
  key.resize(IFNAMSIZ);
  return key;
}

}  // namespace tare::network
