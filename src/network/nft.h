// nftables messages for a NetlinkBatch, built with libnftnl, and the few expressions that our rules are made of.
// All is of family ip.
#pragma once

#include <linux/netfilter/nf_tables.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "network/address.h"
#include "network/netlink.h"

struct nftnl_expr;
struct nftnl_rule;
struct nftnl_set;
struct nftnl_set_elem;

namespace tare::network {

struct NftFree {
  void operator()(nftnl_rule* rule) const;
  void operator()(nftnl_set* set) const;
};
using NftRule = std::unique_ptr<nftnl_rule, NftFree>;
using NftSet = std::unique_ptr<nftnl_set, NftFree>;

// The 32-bit registers of the nftables machine; concatenations use neighbours.
constexpr uint32_t kRegister = NFT_REG32_00;

// An nftables message with its header; for reading, outside a transaction.
nlmsghdr* add_nft_message(NetlinkBatch& batch, uint16_t message, uint16_t flags, std::string label);

void add_get_elements(NetlinkBatch& batch, const nftnl_set* elements, std::string label);

// A transaction: all of its changes or none.
class NftTransaction {
 public:
  explicit NftTransaction(std::string table);
  const std::string& table() const { return table_; }

  void add_table();
  void delete_table();
  void add_set(const char* name, uint32_t key_type, uint32_t key_length);  // of interface names
  void add_map(const char* name, uint32_t key_type, uint32_t key_length, uint32_t data_type, uint32_t data_length);
  // Of ranges in several fields, each of a length in bytes.
  void add_range_set(const char* name, uint32_t key_type, const std::vector<uint8_t>& field_lengths);
  void add_chain(const char* name);
  void add_base_chain(const char* name, const char* type, uint32_t hook, int32_t priority, uint32_t policy);
  void flush_chain(const char* name);
  void add_rule(const char* chain, NftRule rule);
  void insert_rule(const char* chain, NftRule rule, std::string_view comment);  // at the head
  void delete_rule(const char* chain, uint64_t handle);
  // NEWSETELEM with `flags` (NLM_F_EXCL: refuse what is there), or DELSETELEM.
  void add_elements(const nftnl_set* set, uint16_t flags, std::string label);
  void delete_elements(const nftnl_set* set, std::string label);
  Result<void> commit();

 private:
  nlmsghdr* add(uint16_t message, uint16_t flags, std::string label);
  void add_new_set(const char* name, NftSet set);
  std::string table_;
  NetlinkBatch batch_;
  uint32_t next_set_id_ = 1;
};

// One element of a set; `data` only for maps, `comment` is shown by `nft list`.
NftSet make_elements(const std::string& table, const char* set);
void put_element(nftnl_set* set, std::string_view key, std::string_view data = {}, std::string_view comment = {});
void put_range(nftnl_set* set, std::string_view first, std::string_view last);
std::string element_comment(const nftnl_set_elem* element);

NftRule parse_rule(const nlmsghdr* message);  // null for what is no rule
std::string rule_comment(const nftnl_rule* rule);

// Rules read left to right: rule({match, match, verdict}).
NftRule rule(std::initializer_list<nftnl_expr*> expressions);
nftnl_expr* load_meta(uint32_t key, uint32_t into);
nftnl_expr* load_ct(uint32_t key, uint32_t into);
nftnl_expr* load_payload(uint32_t base, uint32_t offset, uint32_t length, uint32_t into);
nftnl_expr* load_destination_type(uint32_t into);  // fib: RTN_LOCAL for an address of this host
nftnl_expr* mask(uint32_t register_number, uint32_t bits);
nftnl_expr* compare(uint32_t register_number, uint32_t operation, uint32_t value);
nftnl_expr* compare_name(uint32_t register_number, std::string_view interface);
nftnl_expr* counter();
nftnl_expr* lookup(const char* set, uint32_t key, bool inverted = false);
nftnl_expr* lookup_into(const char* map, uint32_t key, uint32_t into);
nftnl_expr* destination_nat(uint32_t address, uint32_t port);  // registers
nftnl_expr* masquerade();
nftnl_expr* verdict(int code, const char* chain = nullptr);

// An interface's name as a key: 16 bytes, zeros at the end.
std::string interface_key(std::string_view name);

}  // namespace tare::network
