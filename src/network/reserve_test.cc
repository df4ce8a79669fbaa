#include "network/reserve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "network/test_host.h"

namespace tare::network {
namespace {

// As most servers do it.
int bind_with_reuse(uint16_t port, int family = AF_INET) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in six_or_four{};
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = six_or_four.sin_port = htons(port);
  six_or_four.sin_family = AF_INET;
  const void* where = family == AF_INET ? static_cast<const void*>(&six_or_four) : &six;
  socklen_t size = family == AF_INET ? sizeof(six_or_four) : sizeof(six);
  if (::bind(fd.get(), static_cast<const sockaddr*>(where), size) != 0) return errno;
  return ::listen(fd.get(), 1) != 0 ? errno : 0;
}

class ReserveTest : public TestHost {};

TEST_F(ReserveTest, NobodyElseBindsTheReservedPort) {
  auto reserved = reserve_port({}, 8080, Protocol::kTcp);
  ASSERT_OK(reserved);
  EXPECT_EQ(bind_with_reuse(8080), EADDRINUSE);
  EXPECT_EQ(bind_with_reuse(8080, AF_INET6), EADDRINUSE);
  reserved->reset();
  EXPECT_EQ(bind_with_reuse(8080), 0);
}

TEST_F(ReserveTest, TheReservationNeverAnswers) {
  auto reserved = reserve_port({}, 8080, Protocol::kTcp);
  ASSERT_OK(reserved);
  EXPECT_EQ(ask(*open_own_namespace(), "127.0.0.1", 8080), "no answer: timeout");
}

TEST_F(ReserveTest, ABusyPortIsNamedWithItsHolder) {
  for (auto protocol : {Protocol::kTcp, Protocol::kUdp}) {
    auto reserved = reserve_port({0x7f000001}, 8080, protocol);
    ASSERT_OK(reserved);
    auto again = reserve_port({}, 8080, protocol);
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().kind(), ErrorKind::kAlreadyExists);
    auto self = formatted("(pid {})", ::getpid());
    EXPECT_NE(again.error().text().find(self), std::string::npos) << again.error().text();
  }
}

TEST_F(ReserveTest, TheSamePortOfAnotherAddressOrProtocolIsFree) {
  auto loopback = reserve_port({0x7f000001}, 8080, Protocol::kTcp);
  auto udp = reserve_port({}, 8080, Protocol::kUdp);
  auto other = reserve_port({0x0a630001}, 8080, Protocol::kTcp);
  ASSERT_OK(loopback);
  ASSERT_OK(udp);
  ASSERT_OK(other);
}

TEST_F(ReserveTest, AnAddressOfAnotherHostIsRefused) {
  auto wrong = reserve_port({0x01020304}, 8080, Protocol::kTcp);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind(), ErrorKind::kInvalidArgument);
}

TEST_F(ReserveTest, FreePortsAreFoundUntilNoneIsLeft) {
  auto first = reserve_free_port({}, Protocol::kTcp, 40000, 40001);
  auto second = reserve_free_port({}, Protocol::kTcp, 40000, 40001);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_NE(first->port, second->port);
  EXPECT_EQ(reserve_free_port({}, Protocol::kTcp, 40000, 40001).error().kind(), ErrorKind::kExhausted);
}

TEST_F(ReserveTest, AReservedAndPublishedPortAnswersByTheContainer) {
  auto web = container(bridge(), {0xac1e0002});
  auto reserved = reserve_port({}, 8080, Protocol::kTcp);
  ASSERT_OK(reserved);
  TestServer server(web, 80, "web");
  ASSERT_OK(publish(kTable, {{{{}, 8080, 80, Protocol::kTcp}, {0xac1e0002}, "c0ffee"}}));
  EXPECT_EQ(ask(*open_own_namespace(), "127.0.0.1", 8080), "web 172.30.0.1");
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 8080), "web 10.99.0.2");
}

}  // namespace
}  // namespace tare::network
