#include "network/address.h"

#include <gtest/gtest.h>

namespace tare::network {
namespace {

TEST(Address, ReadsAndWritesIpv4) {
  EXPECT_EQ(parse_ipv4("172.30.0.1")->bits, 0xac1e0001u);
  EXPECT_EQ(to_string(Ipv4{0xac1e0001}), "172.30.0.1");
  for (auto wrong : {"", "1", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "::1"})
    EXPECT_FALSE(parse_ipv4(wrong)) << wrong;
}

TEST(Address, ReadsSubnets) {
  EXPECT_EQ(*parse_subnet("10.1.0.0/16"), (Subnet{{0x0a010000}, 16}));
  EXPECT_EQ(*parse_subnet("0.0.0.0/0"), (Subnet{{0}, 0}));
  for (auto wrong : {"", "10.1.0.0", "10.1.0.0/33", "10.1.0.0/", "/8", "10.1/16"})
    EXPECT_FALSE(parse_subnet(wrong)) << wrong;
  EXPECT_EQ(parse_subnet("10.1.2.0/16").error().text(), "invalid subnet 10.1.2.0/16: it should be 10.1.0.0/16");
  EXPECT_EQ(parse_subnet("fd00::/64").error().kind(), ErrorKind::kUnsupported);
}

TEST(Address, SubnetArithmetic) {
  Subnet subnet = *parse_subnet("172.30.0.0/16");
  EXPECT_TRUE(subnet.contains(*parse_ipv4("172.30.255.255")));
  EXPECT_FALSE(subnet.contains(*parse_ipv4("172.31.0.0")));
  EXPECT_EQ(to_string(subnet.broadcast()), "172.30.255.255");
  EXPECT_TRUE(subnet.overlaps(*parse_subnet("172.16.0.0/12")));
  EXPECT_TRUE(subnet.overlaps(*parse_subnet("172.30.9.0/24")));
  EXPECT_FALSE(subnet.overlaps(*parse_subnet("172.29.0.0/16")));
}

TEST(Address, ReadsMac) {
  EXPECT_EQ(to_string(mac_of(*parse_ipv4("172.30.0.2"))), "02:42:ac:1e:00:02");
  EXPECT_EQ(*parse_mac("02-42-AC-1E-00-02"), mac_of(*parse_ipv4("172.30.0.2")));
  for (auto wrong : {"", "02:42:ac:1e:00", "02:42:ac:1e:00:0g", "2:42:ac:1e:0:2"})
    EXPECT_FALSE(parse_mac(wrong)) << wrong;
}

}  // namespace
}  // namespace tare::network
