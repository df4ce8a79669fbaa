#include "network/etc_files.h"

#include <gtest/gtest.h>

namespace tare::network {
namespace {

constexpr std::string_view kHost =
    "# made by hand\n"
    "nameserver 127.0.0.53\n"
    "nameserver 10.0.0.2\n"
    "search corp.example  lab.example\n"
    "options edns0 trust-ad\n";

TEST(ResolvConf, PointsToTheResolverOfTheNetwork) {
  EXPECT_EQ(render_resolv_conf(kHost, {}, Ipv4{0xac1e0001}),
            "nameserver 172.30.0.1\nsearch corp.example lab.example\noptions edns0 trust-ad ndots:0\n");
}

TEST(ResolvConf, WithoutResolverLeavesOutTheHostsLoopback) {
  EXPECT_EQ(render_resolv_conf(kHost, {}, {}),
            "nameserver 10.0.0.2\nsearch corp.example lab.example\noptions edns0 trust-ad\n");
  EXPECT_EQ(render_resolv_conf("nameserver 127.0.0.1\n", {}, {}), "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
  EXPECT_EQ(render_resolv_conf("", {}, {}), "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
}

TEST(ResolvConf, TheUsersSettingsWin) {
  DnsSettings settings{.servers = {"1.1.1.1"}, .searches = {"."}, .options = {"ndots:2"}};
  EXPECT_EQ(render_resolv_conf(kHost, settings, Ipv4{0xac1e0001}), "nameserver 1.1.1.1\noptions ndots:2\n");
}

TEST(Hosts, ListsOwnAndExtraNames) {
  auto text = render_hosts({.own = {{Ipv4{0xac1e0002}, {"web", "0123456789ab"}}}, .extra = {{"db", "10.0.0.5"}}});
  EXPECT_TRUE(text.starts_with("127.0.0.1\tlocalhost\n"));
  EXPECT_TRUE(text.ends_with("ff02::2\tip6-allrouters\n10.0.0.5\tdb\n172.30.0.2\tweb 0123456789ab\n")) << text;
}

TEST(ExtraHost, ReadsDockersForms) {
  using Pair = std::pair<std::string, std::string>;
  Ipv4 gateway{0xac1e0001};
  EXPECT_EQ(*parse_extra_host("db:10.0.0.5", {}), Pair("db", "10.0.0.5"));
  EXPECT_EQ(*parse_extra_host("db=10.0.0.5", {}), Pair("db", "10.0.0.5"));
  EXPECT_EQ(*parse_extra_host("db:::1", {}), Pair("db", "::1"));
  EXPECT_EQ(*parse_extra_host("db=[::1]", {}), Pair("db", "::1"));
  EXPECT_EQ(*parse_extra_host("host:host-gateway", gateway), Pair("host", "172.30.0.1"));
  EXPECT_FALSE(parse_extra_host("host:host-gateway", {}));
  for (auto wrong : {"db", ":10.0.0.5", "db:", "db:nonsense", "a\nb:10.0.0.5", "db:10.0.0.5\n1.2.3.4 evil"}) {
    EXPECT_FALSE(parse_extra_host(wrong, gateway)) << wrong;
  }
}

}  // namespace
}  // namespace tare::network
