#include "http/server/listen_address.h"

#include <gtest/gtest.h>

namespace tare::http {
namespace {

TEST(ListenAddress, IsReadInAllForms) {
  EXPECT_EQ(ListenAddress::parse("127.0.0.1:5000")->host, "127.0.0.1");
  EXPECT_EQ(ListenAddress::parse("127.0.0.1:5000")->port, 5000);
  EXPECT_EQ(ListenAddress::parse("[::1]:0")->host, "::1");
  EXPECT_EQ(ListenAddress::parse(":80")->host, "");
}

TEST(ListenAddress, RefusesTheRest) {
  for (const auto* text : {"", "localhost", "5000", "localhost:", "localhost:65536", "localhost:-1", "::1:5000"}) {
    EXPECT_FALSE(ListenAddress::parse(text).ok()) << text;
  }
}

TEST(ListenAddress, KnowsWhatOnlyThisMachineReaches) {
  EXPECT_TRUE(ListenAddress::parse("127.0.0.2:1")->is_loopback());
  EXPECT_TRUE(ListenAddress::parse("[::1]:1")->is_loopback());
  EXPECT_TRUE(ListenAddress::parse("localhost:1")->is_loopback());
  EXPECT_FALSE(ListenAddress::parse(":1")->is_loopback());
  EXPECT_FALSE(ListenAddress::parse("0.0.0.0:1")->is_loopback());
}

TEST(Listener, PortZeroIsAFreeOne) {
  const auto first = Listener::open({"127.0.0.1", 0});
  ASSERT_TRUE(first.ok());
  EXPECT_NE(first->port, 0);
  EXPECT_EQ(first->host, "127.0.0.1");
  const auto second = Listener::open({"127.0.0.1", first->port});
  ASSERT_FALSE(second.ok());
  EXPECT_FALSE(second.error().hint().empty());
}

}  // namespace
}  // namespace tare::http
