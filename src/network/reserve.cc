// The socket listens, so that even a program that sets SO_REUSEADDR cannot bind the port, and drops every packet that
// reaches it (a one-instruction filter), so that nobody is ever answered by it: neither before the port is published
// nor after.
#include "network/reserve.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "os/error.h"
#include "os/file.h"

namespace tare::network {
namespace {

std::string shown(Ipv4 address, uint16_t port) { return formatted("{}:{}", to_string(address), port); }

Error taken_error(Ipv4 address, uint16_t port, Protocol protocol, Error cause) {
  auto holder = find_port_holder(address, port, protocol);
  auto text = formatted("Bind for {} failed: port is already allocated", shown(address, port));
  if (holder && holder->pid != 0) text += formatted(" by {} (pid {})", holder->process, holder->pid);
  return Error(ErrorKind::kAlreadyExists, holder ? text : formatted("{} ({})", text, cause.text()))
      .with_hint("stop that program, or choose another host port");
}

Result<void> drop_all_packets(BorrowedFd socket, std::string_view name) {
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  sock_fprog program = {1, &nothing};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
    return os::last_error("setsockopt SO_ATTACH_FILTER", name);
  return {};
}

// EADDRINUSE comes from bind, or from listen when the other socket may share the address but listens.
Result<UniqueFd> bind_silently(Ipv4 address, uint16_t port, Protocol protocol) {
  auto name = shown(address, port);
  bool tcp = protocol == Protocol::kTcp;
  UniqueFd fd(::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return os::last_error("open socket", name);
  TRY(drop_all_packets(fd, name));
  // Only past connections of another program (TIME_WAIT) are forgiven by this; for UDP it would mean sharing.
  int on = 1;
  if (tcp && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
    return os::last_error("setsockopt SO_REUSEADDR", name);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(address.bits);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0)
    return os::last_error("bind", name);
  if (tcp && ::listen(fd.get(), 0) != 0) return os::last_error("listen", name);
  return fd;
}

}  // namespace

Result<UniqueFd> reserve_port(Ipv4 host_address, uint16_t port, Protocol protocol) {
  auto socket = bind_silently(host_address, port, protocol);
  if (socket) return socket;
  int number = socket.error().errno_value();
  if (number == EADDRINUSE) return taken_error(host_address, port, protocol, std::move(socket).error());
  auto error = std::move(socket).error().context("publish port");
  if (number == EADDRNOTAVAIL) {
    return std::move(error)
        .with_kind(ErrorKind::kInvalidArgument)
        .with_hint("the host address of a published port must be an address of this host");
  }
  return error;
}

Result<ReservedPort> reserve_free_port(Ipv4 host_address, Protocol protocol, uint16_t first, uint16_t last) {
  auto random = TRY(os::random_bytes(sizeof(uint32_t)));
  uint32_t start;
  std::memcpy(&start, random.data(), sizeof(start));
  uint32_t count = last - first + 1u;
  for (uint32_t i = 0; i < count; ++i) {
    auto port = static_cast<uint16_t>(first + (start + i) % count);
    auto socket = bind_silently(host_address, port, protocol);
    if (socket) return ReservedPort{std::move(socket).value(), port};
    if (socket.error().errno_value() != EADDRINUSE) return std::move(socket).error().context("publish port");
  }
  return Failure(ErrorKind::kExhausted, "all ports are allocated: none of {}-{}/{} is free on {}", first, last,
                 to_string(protocol), to_string(host_address));
}

}  // namespace tare::network
