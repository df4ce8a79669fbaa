#include "network/allocate.h"

#include <gtest/gtest.h>

namespace tare::network {
namespace {

Subnet subnet(const char* text) { return *parse_subnet(text); }
Ipv4 ip(const char* text) { return *parse_ipv4(text); }

TEST(ChooseSubnet, PrefersTheFirstPoolAndAvoidsWhatOverlaps) {
  EXPECT_EQ(to_string(*choose_subnet({})), "172.30.0.0/16");
  EXPECT_EQ(to_string(*choose_subnet({subnet("172.30.7.0/24")})), "172.29.0.0/16");
  EXPECT_EQ(to_string(*choose_subnet({subnet("172.16.0.0/12")})), "10.230.0.0/24");
  EXPECT_EQ(to_string(*choose_subnet({subnet("172.16.0.0/12"), subnet("10.230.0.0/23")})), "10.230.2.0/24");
}

TEST(ChooseSubnet, SaysWhenNothingIsLeft) {
  auto result = choose_subnet({subnet("10.0.0.0/8"), subnet("172.16.0.0/12"), subnet("192.168.0.0/16")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::kExhausted);
  EXPECT_FALSE(result.error().hint().empty());
}

TEST(ChooseSubnet, GivesEverySubnetOfAPoolOnce) {
  std::vector<Subnet> taken;
  std::vector<SubnetPool> pools = {{subnet("10.0.0.0/22"), 24}};
  for (int i = 0; i < 4; ++i) taken.push_back(*choose_subnet(taken, pools));
  EXPECT_EQ(to_string(taken.back()), "10.0.3.0/24");
  EXPECT_FALSE(choose_subnet(taken, pools));
}

TEST(AllocateAddress, SkipsNetworkGatewayTakenAndBroadcast) {
  auto net = subnet("10.0.0.0/30");
  EXPECT_EQ(*allocate_address(net, {}, ip("10.0.0.1")), ip("10.0.0.2"));
  EXPECT_EQ(*allocate_address(net, {}, ip("10.0.0.2")), ip("10.0.0.1"));
  auto full = allocate_address(net, {ip("10.0.0.2")}, ip("10.0.0.1"));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind(), ErrorKind::kExhausted);
}

TEST(AllocateAddress, StaysInTheRange) {
  auto net = subnet("10.0.0.0/16");
  EXPECT_EQ(*allocate_address(net, {}, ip("10.0.0.1"), subnet("10.0.5.0/24")), ip("10.0.5.0"));
  EXPECT_EQ(*allocate_address(net, {ip("10.0.5.0")}, ip("10.0.0.1"), subnet("10.0.5.0/24")), ip("10.0.5.1"));
}

TEST(AllocateAddress, WorksAtTheEndOfTheAddressSpace) {
  EXPECT_EQ(*allocate_address(subnet("255.255.255.252/30"), {}, ip("255.255.255.253")), ip("255.255.255.254"));
}

TEST(CheckAddress, RefusesWhatIsOutsideOrTaken) {
  auto net = subnet("10.0.0.0/24");
  EXPECT_TRUE(check_address(net, {}, ip("10.0.0.1"), ip("10.0.0.9")));
  EXPECT_EQ(check_address(net, {}, ip("10.0.0.1"), ip("10.0.1.9")).error().kind(), ErrorKind::kInvalidArgument);
  for (auto taken : {"10.0.0.0", "10.0.0.1", "10.0.0.9", "10.0.0.255"}) {
    EXPECT_EQ(check_address(net, {ip("10.0.0.9")}, ip("10.0.0.1"), ip(taken)).error().kind(),
              ErrorKind::kAlreadyExists);
  }
}

}  // namespace
}  // namespace tare::network
