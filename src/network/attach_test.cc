#include <algorithm>

#include "network/allocate.h"
#include "network/link.h"
#include "network/test_host.h"

namespace tare::network {
namespace {

constexpr Ipv4 kFirst{0xac1e0002}, kSecond{0xac1e0003};

bool exists(const std::string& name) {
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  return socket.ok() && find_link(*socket, name).ok();
}

class AttachTest : public TestHost {};

TEST(HostInterfaceName, IsShortAndStable) {
  std::string id(64, 'f');
  EXPECT_EQ(host_interface_name(id), "tefffffffffffa");
  EXPECT_EQ(host_interface_name(id, 1), "tefffffffffffb");
}

TEST_F(AttachTest, ABridgeIsMadeOnceAndRemoved) {
  auto index = ensure_bridge(bridge(), kTable);
  ASSERT_OK(index);
  auto again = ensure_bridge(bridge(), kTable);
  ASSERT_OK(again);
  EXPECT_EQ(*index, *again);
  auto subnets = read_host_subnets();
  ASSERT_OK(subnets);
  EXPECT_NE(std::find(subnets->begin(), subnets->end(), bridge().subnet), subnets->end());
  EXPECT_EQ(to_string(*choose_subnet(*subnets)), "172.29.0.0/16");
  ASSERT_OK(remove_bridge(bridge(), kTable));
  EXPECT_FALSE(exists(bridge().name));
  ASSERT_OK(remove_bridge(bridge(), kTable));
}

TEST_F(AttachTest, ContainersOfANetworkTalk) {
  auto first = container(bridge(), kFirst);
  auto second = container(bridge(), kSecond);
  TestServer tcp(first, 80, "first");
  TestServer udp(first, 53, "first", Transport::kUdp);
  EXPECT_EQ(ask(second, "172.30.0.2", 80), "first 172.30.0.3");
  EXPECT_EQ(ask(second, "172.30.0.2", 53, Transport::kUdp), "first 172.30.0.3");
  EXPECT_EQ(ask(first, "127.0.0.1", 80), "first 127.0.0.1");
}

TEST_F(AttachTest, TheHostReachesAContainerAndTheContainerTheHost) {
  auto first = container(bridge(), kFirst);
  auto host = open_own_namespace();
  TestServer inside(first, 80, "first");
  TestServer outside(*host, 81, "host");
  EXPECT_EQ(ask(*host, "172.30.0.2", 80), "first 172.30.0.1");
  EXPECT_EQ(ask(first, "172.30.0.1", 81), "host 172.30.0.2");
}

TEST_F(AttachTest, TheWayOutIsMasqueraded) {
  auto first = container(bridge(), kFirst);
  TestServer server(neighbour_, 80, "neighbour");
  EXPECT_EQ(ask(first, "10.99.0.2", 80), "neighbour 10.99.0.1");
}

TEST_F(AttachTest, NetworksAreApart) {
  auto first = container(bridge(0), kFirst);
  auto other = container(bridge(1), {0xac1f0002});
  TestServer server(first, 80, "first");
  EXPECT_EQ(ask(other, "172.30.0.2", 80), "no answer: timeout");
}

TEST_F(AttachTest, ANeighbourDoesNotReachWhatIsNotPublished) {
  auto first = container(bridge(), kFirst);
  TestServer server(first, 80, "first");
  EXPECT_EQ(ask(neighbour_, "172.30.0.2", 80), "no answer: timeout");
}

TEST_F(AttachTest, AnInternalNetworkHasNoWayOut) {
  auto internal = bridge();
  internal.internal = true;
  auto first = container(internal, kFirst);
  auto second = container(internal, kSecond);
  TestServer server(neighbour_, 80, "neighbour");
  TestServer local(second, 80, "second");
  EXPECT_EQ(ask(first, "10.99.0.2", 80), "no answer: Network is unreachable");
  EXPECT_EQ(ask(first, "172.30.0.3", 80), "second 172.30.0.2");
}

TEST_F(AttachTest, ThePairGoesWithTheNamespace) {
  auto first = container(bridge(), kFirst);
  ASSERT_TRUE(exists("vac1e0002"));
  first.reset();
  // The kernel takes a namespace apart in the background.
  for (int i = 0; i < 500 && exists("vac1e0002"); ++i) ::usleep(10'000);
  EXPECT_FALSE(exists("vac1e0002"));
}

TEST_F(AttachTest, AFailureLeavesNothing) {
  auto index = ensure_bridge(bridge(), kTable);
  auto network_namespace = create_namespace();
  ASSERT_OK(index);
  ASSERT_OK(network_namespace);
  // A gateway outside the subnet: the route is refused when the pair is there already.
  Endpoint endpoint{.bridge_index = *index, .host_name = "vwrong", .address = kFirst, .gateway = Ipv4{0x01020304}};
  endpoint.mac = mac_of(kFirst);
  auto attached = attach(*network_namespace, endpoint);
  ASSERT_FALSE(attached.ok());
  EXPECT_NE(attached.error().text().find("1.2.3.4"), std::string::npos) << attached.error().text();
  EXPECT_FALSE(exists("vwrong"));
}

// A container that starts again at once: the namespace of its last run is not yet taken apart.
TEST_F(AttachTest, APairOfAnEarlierRunMakesRoom) {
  auto index = ensure_bridge(bridge(), kTable);
  auto last = create_namespace();
  auto next = create_namespace();
  ASSERT_OK(index);
  ASSERT_OK(last);
  ASSERT_OK(next);
  Endpoint endpoint{.bridge_index = *index, .host_name = "vagain", .address = kFirst};
  endpoint.mac = mac_of(kFirst);
  ASSERT_OK(attach(*last, endpoint));
  ASSERT_OK(attach(*next, endpoint));
  EXPECT_TRUE(exists("vagain"));
}

TEST_F(AttachTest, AnInterfaceThatIsNoBridgeIsRefused) {
  auto first = container(bridge(), kFirst);
  Bridge wrong = bridge(1);
  wrong.name = "vac1e0002";
  EXPECT_EQ(ensure_bridge(wrong, kTable).error().kind(), ErrorKind::kConflict);
}

TEST_F(AttachTest, DetachRemovesThePair) {
  auto first = container(bridge(), kFirst);
  ASSERT_OK(detach("vac1e0002"));
  EXPECT_FALSE(exists("vac1e0002"));
  ASSERT_OK(detach("vac1e0002"));
}

}  // namespace
}  // namespace tare::network
