#include "network/port_mapping.h"

#include <gtest/gtest.h>

namespace tare::network {
namespace {

std::string one(const char* text) {
  auto specs = parse_port_mapping(text);
  if (!specs) return specs.error().text();
  return specs->size() == 1 ? to_string(specs->front().mapping) : formatted("{} ports", specs->size());
}

TEST(PortMapping, ReadsDockersForms) {
  EXPECT_EQ(one("80"), "0.0.0.0:0->80/tcp");
  EXPECT_EQ(one("8080:80"), "0.0.0.0:8080->80/tcp");
  EXPECT_EQ(one("127.0.0.1:8080:80/tcp"), "127.0.0.1:8080->80/tcp");
  EXPECT_EQ(one("127.0.0.1::80"), "127.0.0.1:0->80/tcp");
  EXPECT_EQ(one("53:53/UDP"), "0.0.0.0:53->53/udp");
  EXPECT_EQ(one("0:80"), "0.0.0.0:0->80/tcp");
}

TEST(PortMapping, ExpandsRanges) {
  auto specs = *parse_port_mapping("8080-8082:90-92/udp");
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_EQ(to_string(specs[2].mapping), "0.0.0.0:8082->92/udp");
  EXPECT_EQ(specs[2].host_port_end, 8082);
  specs = *parse_port_mapping("90-91");
  ASSERT_EQ(specs.size(), 2u);
  EXPECT_EQ(to_string(specs[1].mapping), "0.0.0.0:0->91/tcp");
}

TEST(PortMapping, AHostRangeForOnePortIsAChoice) {
  auto specs = *parse_port_mapping("8000-8010:80");
  ASSERT_EQ(specs.size(), 1u);
  EXPECT_EQ(specs[0].mapping.host_port, 8000);
  EXPECT_EQ(specs[0].host_port_end, 8010);
}

TEST(PortMapping, RefusesInDockersWords) {
  EXPECT_EQ(one(""), "no port specified: <empty>");
  EXPECT_EQ(one("8080:"), "no port specified: 8080:<empty>");
  EXPECT_EQ(one("http"), "invalid containerPort: http");
  EXPECT_EQ(one("0"), "invalid containerPort: 0");
  EXPECT_EQ(one("80:70000"), "invalid containerPort: 70000");
  EXPECT_EQ(one("90-80:90-80"), "invalid containerPort: 90-80");
  EXPECT_EQ(one("x:80"), "invalid hostPort: x");
  EXPECT_EQ(one("8000-8010:80-85"), "invalid ranges specified for container and host Ports: 80-85 and 8000-8010");
  EXPECT_EQ(one("1.2.3:80:80"), "invalid IP address: 1.2.3");
  EXPECT_EQ(one("80:80/icmp"), "invalid proto: icmp");
}

TEST(PortMapping, RefusesWhatIsNotDoneByName) {
  EXPECT_EQ(parse_port_mapping("[::1]:80:80").error().kind(), ErrorKind::kUnsupported);
  EXPECT_EQ(one("[::1]:80:80"), "publishing ports on IPv6 addresses is not supported yet: [::1]");
  EXPECT_EQ(parse_port_mapping("80:80/sctp").error().kind(), ErrorKind::kUnsupported);
}

TEST(ExposedPort, ReadsPortsAndRanges) {
  EXPECT_EQ(to_string((*parse_exposed_port("53/udp"))[0]), "0.0.0.0:0->53/udp");
  EXPECT_EQ(parse_exposed_port("8000-8002")->size(), 3u);
  EXPECT_EQ(parse_exposed_port("65535")->size(), 1u);
  EXPECT_FALSE(parse_exposed_port("/tcp"));
}

}  // namespace
}  // namespace tare::network
