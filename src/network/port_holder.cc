// From a port to a process: the socket's inode from the kernel's tables, then whose descriptor it is. Slow (it reads
// all of /proc), so it is only done to explain a failure.
#include <arpa/inet.h>

#include <charconv>

#include "network/reserve.h"
#include "os/file.h"

namespace tare::network {
namespace {

constexpr std::string_view kListen = "0A";  // TCP_LISTEN in the column st

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (auto& field : split(line, ' ')) {
    if (!field.empty()) fields.push_back(std::move(field));
  }
  return fields;
}

// "0100007F:1F90": the address as the kernel's own words in memory order, the port as a number. An IPv6 socket blocks
// the port when it is bound to any address or to this one mapped.
bool is_same(std::string_view local, Ipv4 address, uint16_t port) {
  auto parts = cut(local, ':');
  if (!parts || parts->first.size() < 8) return false;
  unsigned number = 0;
  std::from_chars(parts->second.data(), parts->second.data() + parts->second.size(), number, 16);
  if (number != port) return false;
  auto last = parts->first.substr(parts->first.size() - 8);
  uint32_t word = 0;
  std::from_chars(last.data(), last.data() + last.size(), word, 16);
  return word == 0 || address.any() || ntohl(word) == address.bits;
}

// The socket's inode; empty when nobody is found.
std::string find_inode(const std::string& path, Ipv4 address, uint16_t port, Protocol protocol) {
  auto text = os::read_file(path);
  if (!text) return {};
  for (const auto& line : split(*text, '\n')) {
    auto fields = fields_of(line);
    if (fields.size() < 10 || !is_same(fields[1], address, port)) continue;
    if (protocol == Protocol::kTcp && fields[3] != kListen) continue;
    return fields[9];
  }
  return {};
}

bool has_descriptor(const std::string& pid, const std::string& link) {
  auto directory = formatted("/proc/{}/fd", pid);
  auto names = os::list_directory(directory);
  if (!names) return false;
  for (const auto& name : *names) {
    auto target = os::read_link(formatted("{}/{}", directory, name));
    if (target && *target == link) return true;
  }
  return false;
}

PortHolder find_process(const std::string& inode) {
  auto link = formatted("socket:[{}]", inode);
  auto names = os::list_directory("/proc");
  if (!names) return {};
  for (const auto& name : *names) {
    auto pid = parse_unsigned(name);
    if (!pid || !has_descriptor(name, link)) continue;
    auto process = os::read_file(formatted("/proc/{}/comm", name)).value_or("?");
    return {static_cast<pid_t>(*pid), std::string(trim(process))};
  }
  return {};
}

}  // namespace

std::optional<PortHolder> find_port_holder(Ipv4 host_address, uint16_t port, Protocol protocol) {
  for (auto family : {"", "6"}) {
    auto path = formatted("/proc/net/{}{}", to_string(protocol), family);
    auto inode = find_inode(path, host_address, port, protocol);
    if (!inode.empty()) return find_process(inode);
  }
  return std::nullopt;
}

}  // namespace tare::network
