#include "http/server/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>

#include "base/text.h"
#include "os/error.h"

namespace tare::http {
namespace {

using AddressList = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

Result<AddressList> resolve(const ListenAddress& address) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int failure =
      ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(), port.c_str(), &wanted, &found);
  if (failure != 0) {
    return Failure(ErrorKind::kInvalidArgument, "listen address {}: {}", address.host, ::gai_strerror(failure));
  }
  return AddressList(found, ::freeaddrinfo);
}

Error bind_error(const ListenAddress& address) {
  Error error = os::last_error("listen on", formatted("{}:{}", address.host, address.port));
  if (error.errno_value() != EADDRINUSE) return error;
  return std::move(error).with_hint("another program listens there; choose another port, or 0 for any free one");
}

Result<UniqueFd> open_socket(const addrinfo& at, const ListenAddress& address) {
  UniqueFd socket(::socket(at.ai_family, at.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at.ai_protocol));
  if (!socket.valid()) return os::last_error("make socket for", address.host);
  const int on = 1;
  // A restarted server must not wait until the old connections' TIME_WAIT is over.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), at.ai_addr, at.ai_addrlen) != 0) return bind_error(address);
  if (::listen(socket.get(), 1024) != 0) return bind_error(address);
  return socket;
}

Result<Listener> describe(UniqueFd socket) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* generic = reinterpret_cast<sockaddr*>(&bound);
  if (::getsockname(socket.get(), generic, &length) != 0) return os::last_error("read address of", "listening socket");
  const int failure = ::getnameinfo(generic, length, host.data(), host.size(), port.data(), port.size(),
                                    NI_NUMERICHOST | NI_NUMERICSERV);
  if (failure != 0) return Failure(ErrorKind::kInternal, "address of listening socket: {}", ::gai_strerror(failure));
  Listener listener{.socket = std::move(socket), .ipv6 = bound.ss_family == AF_INET6};
  listener.host = listener.ipv6 ? formatted("[{}]", host.data()) : std::string(host.data());
  listener.port = static_cast<uint16_t>(parse_unsigned(port.data()).value_or(0));
  return listener;
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_unsigned(text.substr(colon + 1));
  if (!port || *port > 65535) {
    return Failure(ErrorKind::kInvalidArgument, "listen address {}: does not end with \":PORT\"", text)
        .with_hint("for instance 127.0.0.1:5000, [::1]:5000, or :5000 for every address");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Failure(ErrorKind::kInvalidArgument, "listen address {}: an IPv6 address belongs in brackets", text);
  }
  return ListenAddress{std::string(host), static_cast<uint16_t>(*port)};
}

bool ListenAddress::is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Result<Listener> Listener::open(const ListenAddress& address) {
  const AddressList found = TRY(resolve(address));
  std::optional<Error> first;
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    auto socket = open_socket(*at, address);
    if (socket.ok()) return describe(std::move(socket).value());
    if (!first) first = std::move(socket).error();
  }
  return std::move(*first);
}

}  // namespace tare::http
