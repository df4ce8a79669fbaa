// Published ports as elements of two maps. With a host address the key has three parts, without one two; the kernel
// looks at the longer one first. The container's id is the element's comment, so that the kernel itself is the record
// of who has which port, and a crash leaves nothing that cannot be told apart.
#include <arpa/inet.h>
#include <libnftnl/set.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "network/firewall.h"
#include "network/firewall_table.h"
#include "network/nft.h"
#include "network/udp_flows.h"

namespace tare::network {
namespace {

const char* set_of(const PortMapping& mapping) { return mapping.host_address.any() ? kPublishedAny : kPublishedAt; }

// Parts of a concatenation in network order, each filled up with zeros to four bytes.
void put_address(std::string& key, Ipv4 address) {
  uint32_t bits = htonl(address.bits);
  key.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
}
void put_protocol(std::string& key, Protocol protocol) {
  key += static_cast<char>(protocol);
  key.append(3, '\0');
}
void put_port(std::string& key, uint16_t port) {
  uint16_t bits = htons(port);
  key.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  key.append(2, '\0');
}

std::string key_of(const PortMapping& mapping) {
  std::string key;
  if (!mapping.host_address.any()) put_address(key, mapping.host_address);
  put_protocol(key, mapping.protocol);
  put_port(key, mapping.host_port);
  return key;
}

std::string data_of(const PublishedPort& port) {
  std::string data;
  put_address(data, port.container_address);
  put_port(data, port.mapping.container_port);
  return data;
}

NftSet element_of(const std::string& table, const PublishedPort& port, bool with_data) {
  auto elements = make_elements(table, set_of(port.mapping));
  put_element(elements.get(), key_of(port.mapping), with_data ? data_of(port) : "", with_data ? port.container : "");
  return elements;
}

uint32_t read_u32(const char* bytes) {
  uint32_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return ntohl(bits);
}
uint16_t read_port(const char* bytes) { return static_cast<uint16_t>(read_u32(bytes) >> 16); }

std::optional<PublishedPort> parse_element(nftnl_set_elem* element) {
  uint32_t key_size = 0, data_size = 0;
  const auto* key = static_cast<const char*>(nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &key_size));
  const auto* data = static_cast<const char*>(nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &data_size));
  if (key == nullptr || data == nullptr || data_size < 8 || (key_size != 8 && key_size != 12)) return std::nullopt;
  PublishedPort port;
  if (key_size == 12) {
    port.mapping.host_address = {read_u32(key)};
    key += 4;
  }
  port.mapping.protocol = static_cast<Protocol>(key[0]);
  port.mapping.host_port = read_port(key + 4);
  port.container_address = {read_u32(data)};
  port.mapping.container_port = read_port(data + 4);
  port.container = element_comment(element);
  return port;
}

void collect(const nlmsghdr* reply, std::vector<PublishedPort>& ports) {
  auto set = make_elements("", "");
  if (nftnl_set_elems_nlmsg_parse(reply, set.get()) < 0) return;  // not an answer about elements
  auto* iterator = nftnl_set_elems_iter_create(set.get());
  while (auto* element = nftnl_set_elems_iter_next(iterator)) {
    if (auto port = parse_element(element)) ports.push_back(std::move(*port));
  }
  nftnl_set_elems_iter_destroy(iterator);
}

Result<std::vector<PublishedPort>> list_map(NetlinkSocket& socket, const std::string& table, const char* map) {
  NetlinkBatch batch;
  auto* message = add_nft_message(batch, NFT_MSG_GETSETELEM, NLM_F_DUMP, formatted("list {} {}", table, map));
  nftnl_set_elems_nlmsg_build_payload(message, make_elements(table, map).get());
  std::vector<PublishedPort> ports;
  bool interrupted = false;
  auto done = socket.exchange(batch, [&](const nlmsghdr* reply) {
    interrupted |= (reply->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    collect(reply, ports);
  });
  // Somebody changed the ruleset meanwhile: the list may miss elements.
  if (done && interrupted) return list_map(socket, table, map);
  if (!done && done.error().errno_value() != ENOENT) return std::move(done).error();
  return ports;
}

// Those of `ports` that the kernel has and that belong to the same container: by the time that a dead container is
// cleaned up, another may have its port.
Result<std::vector<PublishedPort>> find_own(const std::string& table, const std::vector<PublishedPort>& ports) {
  // Each answer takes a page of the socket's buffer, which is 200 KB by default, before the first is read.
  constexpr size_t kAtOnce = 32;
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  std::vector<PublishedPort> present;
  for (size_t first = 0; first < ports.size(); first += kAtOnce) {
    NetlinkBatch batch;
    for (size_t i = first; i < std::min(first + kAtOnce, ports.size()); ++i) {
      auto label = formatted("find {}", to_string(ports[i].mapping));
      add_get_elements(batch, element_of(table, ports[i], false).get(), std::move(label));
    }
    auto done = socket.exchange(batch, [&](const nlmsghdr* reply) { collect(reply, present); });
    if (!done && done.error().errno_value() != ENOENT) return std::move(done).error();
  }
  std::erase_if(present, [&](const auto& port) { return std::find(ports.begin(), ports.end(), port) == ports.end(); });
  return present;
}

Result<void> erase(const std::string& table, const std::vector<PublishedPort>& ports) {
  if (ports.empty()) return {};
  NftTransaction transaction(table);
  for (const auto& port : ports) {
    transaction.delete_elements(element_of(table, port, false).get(),
                                formatted("unpublish {}", to_string(port.mapping)));
  }
  return transaction.commit();
}

// Which of our containers has the port, for the message.
Error taken_error(const std::string& table, const std::vector<PublishedPort>& ports, Error cause) {
  auto existing = list_published(table);
  if (!existing) return cause;
  for (const auto& port : ports) {
    for (const auto& other : *existing) {
      if (key_of(port.mapping) != key_of(other.mapping)) continue;
      return Failure(ErrorKind::kAlreadyExists, "Bind for {}:{} failed: port is already allocated by container {}",
                     to_string(port.mapping.host_address), port.mapping.host_port, other.container.substr(0, 12))
          .with_hint("stop that container, or choose another host port");
    }
  }
  return cause;
}

}  // namespace

Result<void> publish(const std::string& table, const std::vector<PublishedPort>& ports) {
  if (ports.empty()) return {};
  NftTransaction transaction(table);
  for (const auto& port : ports) {
    transaction.add_elements(element_of(table, port, true).get(), NLM_F_EXCL,
                             formatted("publish {}", to_string(port.mapping)));
  }
  auto done = transaction.commit();
  if (!done && done.error().errno_value() == EEXIST) return taken_error(table, ports, std::move(done).error());
  if (!done) return done;
  return forget_udp_flows(ports);
}

Result<void> unpublish(const std::string& table, const std::vector<PublishedPort>& ports) {
  if (ports.empty()) return {};
  // Again when another process removes the same ports at the same time: its transaction made ours fail as a whole.
  for (int attempt = 0;; ++attempt) {
    auto own = TRY(find_own(table, ports));
    auto done = erase(table, own);
    if (done) return forget_udp_flows(own);
    if (done.error().errno_value() != ENOENT || attempt == 2) return done;
  }
}

Result<std::vector<PublishedPort>> list_published(const std::string& table) {
  auto socket = TRY(NetlinkSocket::open(NETLINK_NETFILTER));
  auto ports = TRY(list_map(socket, table, kPublishedAny));
  auto at = TRY(list_map(socket, table, kPublishedAt));
  ports.insert(ports.end(), at.begin(), at.end());
  return ports;
}

Result<size_t> unpublish_dead(const std::string& table, const std::set<std::string>& live_containers) {
  auto ports = TRY(list_published(table));
  std::erase_if(ports, [&](const PublishedPort& port) { return live_containers.contains(port.container); });
  TRY(unpublish(table, ports));
  return ports.size();
}

}  // namespace tare::network
