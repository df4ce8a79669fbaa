#include "network/test_host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "network/link.h"
#include "os/error.h"

namespace tare::network {
namespace {

sockaddr_in socket_address(const std::string& address, uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  return where;
}

UniqueFd open_in(BorrowedFd network_namespace, Transport transport, int flags) {
  auto visit = NamespaceVisit::enter(network_namespace);
  int type = transport == Transport::kTcp ? SOCK_STREAM : SOCK_DGRAM;
  return UniqueFd(::socket(AF_INET, type | SOCK_CLOEXEC | flags, 0));
}

bool wait_for(BorrowedFd fd, short events, int milliseconds) {
  pollfd waiting{fd.get(), events, 0};
  return ::poll(&waiting, 1, milliseconds) > 0;
}

std::string client_text(const sockaddr_in& client) { return to_string(Ipv4{ntohl(client.sin_addr.s_addr)}); }

}  // namespace

void TestHost::SetUp() {
  auto visit = NamespaceVisit::enter_new();
  if (!visit) GTEST_SKIP() << "needs the right to make network namespaces: " << visit.error().text();
  visit_.emplace(std::move(visit).value());
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  ASSERT_OK(socket);
  NetlinkBatch batch;
  add_set_up(batch, kLoopbackIndex);
  ASSERT_OK(socket->exchange(batch));
  Bridge outside{"outside0", {{0x0a630000}, 24}, {0x0a630001}};
  ASSERT_OK(ensure_bridge(outside, "outside"));
  ASSERT_OK(remove_firewall("outside"));  // an ordinary network, not one of containers
  neighbour_ = container(outside, {0x0a630002});
}

void TestHost::TearDown() {
  neighbour_.reset();
  visit_.reset();
}

Bridge TestHost::bridge(unsigned number) const {
  uint32_t base = 0xac1e0000 + (number << 16);
  return {formatted("test{}", number), {{base}, 16}, {base + 1}};
}

UniqueFd TestHost::container(const Bridge& bridge, Ipv4 address) {
  auto index = ensure_bridge(bridge, kTable);
  if (bridge.name == "outside0") {
    EXPECT_TRUE(remove_firewall(kTable).ok());
  }
  auto network_namespace = create_namespace();
  EXPECT_TRUE(index.ok() && network_namespace.ok());
  if (!index || !network_namespace) return {};
  Endpoint endpoint{.bridge_index = *index, .host_name = formatted("v{:08x}", address.bits), .address = address};
  endpoint.prefix = bridge.subnet.prefix;
  endpoint.mac = mac_of(address);
  if (!bridge.internal) endpoint.gateway = bridge.gateway;
  auto attached = attach(*network_namespace, endpoint);
  EXPECT_TRUE(attached.ok()) << attached.error().text();
  return std::move(network_namespace).value();
}

TestServer::TestServer(BorrowedFd network_namespace, uint16_t port, std::string name, Transport transport)
    : socket_(open_in(network_namespace, transport, SOCK_NONBLOCK)), name_(std::move(name)), transport_(transport) {
  auto where = socket_address("0.0.0.0", port);
  EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where)), 0) << std::strerror(errno);
  if (transport == Transport::kTcp) {
    EXPECT_EQ(::listen(socket_.get(), 128), 0);
  }
  thread_ = std::thread([this] { serve(); });
}

TestServer::~TestServer() {
  stop_ = true;
  thread_.join();
}

void TestServer::serve() {
  while (!stop_) {
    if (!wait_for(socket_, POLLIN, 20)) continue;
    sockaddr_in client{};
    socklen_t size = sizeof(client);
    auto* where = reinterpret_cast<sockaddr*>(&client);
    if (transport_ == Transport::kTcp) {
      UniqueFd connection(::accept4(socket_.get(), where, &size, SOCK_CLOEXEC));
      auto answer = formatted("{} {}", name_, client_text(client));
      if (connection.valid()) ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    } else {
      char question[16];
      if (::recvfrom(socket_.get(), question, sizeof(question), 0, where, &size) < 0) continue;
      auto answer = formatted("{} {}", name_, client_text(client));
      ::sendto(socket_.get(), answer.data(), answer.size(), 0, where, size);
    }
  }
}

std::string ask(BorrowedFd network_namespace, const std::string& address, uint16_t port, Transport transport,
                uint16_t source_port) {
  constexpr int kPatience = 500;
  auto socket = open_in(network_namespace, transport, SOCK_NONBLOCK);
  auto source = socket_address("0.0.0.0", source_port);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&source), sizeof(source)), 0);
  auto where = socket_address(address, port);
  int connected = ::connect(socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where));
  if (connected != 0 && errno != EINPROGRESS) return formatted("no answer: {}", std::strerror(errno));
  if (!wait_for(socket, POLLOUT, kPatience)) return "no answer: timeout";
  if (transport == Transport::kUdp && ::send(socket.get(), "?", 1, 0) != 1) return "no answer: send";
  if (!wait_for(socket, POLLIN, kPatience)) return "no answer: timeout";
  char answer[64];
  ssize_t got = ::recv(socket.get(), answer, sizeof(answer), 0);
  return got < 0 ? formatted("no answer: {}", std::strerror(errno)) : std::string(answer, static_cast<size_t>(got));
}

}  // namespace tare::network
