#include "network/firewall.h"

#include <linux/netfilter.h>

#include <cstdlib>

#include "network/nft.h"
#include "network/test_host.h"
#include "os/file.h"

namespace tare::network {
namespace {

constexpr Ipv4 kWeb{0xac1e0002}, kClient{0xac1e0003};

PublishedPort published(uint16_t host_port, Ipv4 host_address = {}, Protocol protocol = Protocol::kTcp) {
  return {{host_address, host_port, 80, protocol}, kWeb, "c0ffee"};
}

class FirewallTest : public TestHost {
 protected:
  void SetUp() override {
    TestHost::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    web_ = container(bridge(), kWeb);
    client_ = container(bridge(), kClient);
    auto host = open_own_namespace();
    ASSERT_OK(host);
    host_ = std::move(host).value();
  }
  void TearDown() override {
    web_.reset();
    client_.reset();
    TestHost::TearDown();
  }
  UniqueFd web_, client_, host_;
};

TEST_F(FirewallTest, APublishedPortAnswersFromEverywhere) {
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080)}));
  EXPECT_EQ(ask(host_, "127.0.0.1", 8080), "web 172.30.0.1");
  EXPECT_EQ(ask(host_, "10.99.0.1", 8080), "web 10.99.0.1");
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 8080), "web 10.99.0.2");  // the client's own address is kept
  EXPECT_EQ(ask(client_, "172.30.0.1", 8080), "web 172.30.0.1");   // by the gateway
  EXPECT_EQ(ask(client_, "10.99.0.1", 8080), "web 172.30.0.1");    // by the host's other address
  EXPECT_EQ(ask(web_, "10.99.0.1", 8080), "web 172.30.0.1");       // its own port
}

// Docker and Kubernetes make iptables see what passes a bridge; the packets then take other ways through the hooks.
TEST_F(FirewallTest, AContainerReachesPublishedPortsWithAndWithoutBridgeNetfilter) {
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080)}));
  for (auto value : {"0", "1"}) {
    auto written = os::write_file("/proc/sys/net/bridge/bridge-nf-call-iptables", value);
    if (!written && value == std::string("1")) GTEST_SKIP() << "this kernel has no br_netfilter";
    EXPECT_EQ(ask(client_, "10.99.0.1", 8080), "web 172.30.0.1") << value;
    EXPECT_EQ(ask(web_, "10.99.0.1", 8080), "web 172.30.0.1") << value;
    EXPECT_EQ(ask(client_, "172.30.0.2", 80), "web 172.30.0.3") << value;
    EXPECT_EQ(ask(host_, "127.0.0.1", 8080), "web 172.30.0.1") << value;
  }
}

TEST_F(FirewallTest, UdpIsPublishedToo) {
  TestServer server(web_, 80, "web", Transport::kUdp);
  ASSERT_OK(publish(kTable, {published(5353, {}, Protocol::kUdp)}));
  EXPECT_EQ(ask(host_, "127.0.0.1", 5353, Transport::kUdp), "web 172.30.0.1");
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 5353, Transport::kUdp), "web 10.99.0.2");
  EXPECT_EQ(ask(client_, "172.30.0.1", 5353, Transport::kUdp), "web 172.30.0.1");
  EXPECT_NE(ask(host_, "127.0.0.1", 5353, Transport::kTcp), "web 172.30.0.1");
}

TEST_F(FirewallTest, AUdpClientThatSentTooEarlyIsAnsweredOnceThePortIsPublished) {
  TestServer server(web_, 80, "web", Transport::kUdp);
  for (int start = 0; start < 2; ++start) {  // also after the container has stopped and started again
    EXPECT_NE(ask(neighbour_, "10.99.0.1", 5353, Transport::kUdp, 4444), "web 10.99.0.2");
    ASSERT_OK(publish(kTable, {published(5353, {}, Protocol::kUdp)}));
    EXPECT_EQ(ask(neighbour_, "10.99.0.1", 5353, Transport::kUdp, 4444), "web 10.99.0.2");
    ASSERT_OK(unpublish(kTable, {published(5353, {}, Protocol::kUdp)}));
  }
}

// Through the gateway's link address, as a container with CAP_NET_RAW can: what listens on the host's loopback only.
TEST_F(FirewallTest, AContainerDoesNotReachTheHostsLoopback) {
  if (std::system("ip -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "iproute2 is not installed";
  TestServer server(host_, 631, "host");
  {
    auto visit = NamespaceVisit::enter(client_);
    ASSERT_OK(visit);
    ASSERT_OK(os::write_file("/proc/sys/net/ipv4/conf/eth0/route_localnet", "1"));
    ASSERT_EQ(std::system("ip rule add pref 0 to 127.0.0.99 lookup 100 2>&1; ip route add 127.0.0.99 via 172.30.0.1 "
                          "dev eth0 table 100 src 172.30.0.3 2>&1; ip rule del pref 0 lookup local 2>/dev/null; "
                          "ip rule add pref 10 lookup local"),
              0);
  }
  EXPECT_EQ(ask(client_, "172.30.0.1", 631), "host 172.30.0.3");
  EXPECT_EQ(ask(client_, "127.0.0.99", 631), "no answer: timeout");
}

TEST_F(FirewallTest, AForeignDropPolicyIsFound) {
  EXPECT_TRUE(find_foreign_drops(kTable)->empty());
  NftTransaction foreign("foreign");
  foreign.add_table();
  foreign.add_base_chain("FORWARD", "filter", NF_INET_FORWARD, 0, NF_DROP);
  ASSERT_OK(foreign.commit());
  EXPECT_EQ(*find_foreign_drops(kTable), std::vector<std::string>{"ip foreign FORWARD"});
}

// The chains as Docker leaves them, made by iptables so that it must be able to list them afterwards.
TEST_F(FirewallTest, DockersDropPolicyLetsOurPacketsPass) {
  constexpr auto kDocker =
      "iptables -P FORWARD DROP && iptables -N DOCKER-USER && iptables -A DOCKER-USER -j RETURN && "
      "iptables -I FORWARD -j DOCKER-USER";
  if (std::system("iptables-nft --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "iptables is not installed";
  ASSERT_EQ(std::system(kDocker), 0);
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080)}));
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 8080), "no answer: timeout");
  for (int start = 0; start < 2; ++start) ASSERT_OK(ensure_bridge(bridge(), kTable));
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 8080), "web 10.99.0.2");
  EXPECT_EQ(ask(client_, "172.30.0.2", 80), "web 172.30.0.3");
  EXPECT_EQ(ask(neighbour_, "172.30.0.2", 80), "no answer: timeout");  // ours still drops what is not published
  EXPECT_TRUE(find_foreign_drops(kTable)->empty());
  EXPECT_EQ(std::system("test $(iptables -S DOCKER-USER | grep -c 'test0 .*-j ACCEPT') = 2"), 0);
  ASSERT_OK(remove_bridge(bridge(), kTable));
  EXPECT_EQ(std::system("test $(iptables -S DOCKER-USER | grep -c test0) = 0"), 0);
}

TEST_F(FirewallTest, AnotherNetworkReachesAPublishedPort) {
  auto other = container(bridge(1), {0xac1f0002});
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080)}));
  EXPECT_EQ(ask(other, "10.99.0.1", 8080), "web 172.31.0.2");
}

TEST_F(FirewallTest, AnAddressLimitsWhoReachesIt) {
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080, {0x7f000001})}));
  EXPECT_EQ(ask(host_, "127.0.0.1", 8080), "web 172.30.0.1");
  EXPECT_EQ(ask(host_, "10.99.0.1", 8080), "no answer: Connection refused");
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 8080), "no answer: Connection refused");
}

TEST_F(FirewallTest, UnpublishedMeansGone) {
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080), published(8081, {0x7f000001})}));
  ASSERT_OK(unpublish(kTable, {published(8080), published(8081, {0x7f000001}), published(9999)}));
  EXPECT_EQ(ask(host_, "127.0.0.1", 8080), "no answer: Connection refused");
  EXPECT_EQ(ask(host_, "127.0.0.1", 8081), "no answer: Connection refused");
  EXPECT_TRUE(list_published(kTable)->empty());
}

TEST_F(FirewallTest, ASecondPublisherIsToldWhoHasThePort) {
  ASSERT_OK(publish(kTable, {published(8080)}));
  auto again = publish(kTable, {published(8081), published(8080)});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind(), ErrorKind::kAlreadyExists);
  EXPECT_EQ(again.error().text(), "Bind for 0.0.0.0:8080 failed: port is already allocated by container c0ffee");
  EXPECT_EQ(list_published(kTable)->size(), 1u);  // nothing of the failed request stayed
}

TEST_F(FirewallTest, ThePortOfAnotherContainerIsNotUnpublished) {
  ASSERT_OK(publish(kTable, {published(8080)}));
  auto other = published(8080);
  other.container = "deadbeef";
  ASSERT_OK(unpublish(kTable, {other}));
  EXPECT_EQ(*list_published(kTable), std::vector{published(8080)});
}

TEST_F(FirewallTest, AThousandPortsComeAndGo) {
  TestServer server(web_, 80, "web");
  std::vector<PublishedPort> ports;
  for (uint16_t port = 20000; port < 21000; ++port) ports.push_back(published(port));
  ASSERT_OK(publish(kTable, ports));
  EXPECT_EQ(list_published(kTable)->size(), 1000u);
  EXPECT_EQ(ask(host_, "127.0.0.1", 20999), "web 172.30.0.1");
  EXPECT_EQ(*unpublish_dead(kTable, {"c0ffee"}), 0u);
  EXPECT_EQ(*unpublish_dead(kTable, {"other"}), 1000u);
  EXPECT_TRUE(list_published(kTable)->empty());
}

TEST_F(FirewallTest, ABridgeThatIsEnsuredAgainKeepsThePorts) {
  TestServer server(web_, 80, "web");
  ASSERT_OK(publish(kTable, {published(8080)}));
  ASSERT_OK(ensure_bridge(bridge(1), kTable));
  EXPECT_EQ(ask(neighbour_, "10.99.0.1", 8080), "web 10.99.0.2");
}

TEST_F(FirewallTest, WithoutATableNothingIsPublished) {
  ASSERT_OK(remove_firewall(kTable));
  ASSERT_OK(remove_firewall(kTable));
  EXPECT_TRUE(list_published(kTable)->empty());
  ASSERT_OK(unpublish(kTable, {published(8080)}));
  EXPECT_EQ(publish(kTable, {published(8080)}).error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace tare::network
