// For tests: a host of its own (a fresh network namespace that the test's thread lives in), with a neighbour on a
// second network, 10.99.0.2, for whom the host is 10.99.0.1 and the way to everywhere.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "network/firewall.h"
#include "network/namespace.h"
#include "network/network.h"

namespace tare::network {

#define ASSERT_OK(expression)                                        \
  do {                                                               \
    auto&& assert_result = (expression);                             \
    ASSERT_TRUE(assert_result.ok()) << assert_result.error().text(); \
  } while (false)

constexpr const char* kTable = "tare-test";

class TestHost : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A bridge "test0" on 172.30.0.0/16, or another by its number.
  Bridge bridge(unsigned number = 0) const;
  // A connected namespace.
  UniqueFd container(const Bridge& bridge, Ipv4 address);

  std::optional<NamespaceVisit> visit_;
  UniqueFd neighbour_;
};

enum class Transport { kTcp, kUdp };

// Answers every connection or datagram with "<name> <address of the client>".
class TestServer {
 public:
  TestServer(BorrowedFd network_namespace, uint16_t port, std::string name, Transport transport = Transport::kTcp);
  ~TestServer();

 private:
  void serve();
  UniqueFd socket_;
  std::string name_;
  Transport transport_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// The answer, or "no answer: reason" after at most half a second.
std::string ask(BorrowedFd network_namespace, const std::string& address, uint16_t port,
                Transport transport = Transport::kTcp, uint16_t source_port = 0);

}  // namespace tare::network
