#include "network/resolver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "network/test_host.h"
#include "os/file.h"

namespace tare::network {
namespace {

constexpr Ipv4 kWeb{0xac1e0002}, kDatabase{0xac1e0003};

// A question for the A records of `name`, as RFC 1035 writes it.
std::string question_for(const std::string& name) {
  std::string question("\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  for (const auto& part : split(name, '.')) question += static_cast<char>(part.size()) + part;
  return question + std::string("\x00\x00\x01\x00\x01", 5);
}

// The answered addresses, joined with blanks; "rcode N" when there is none.
std::string answer_text(const std::string& answer, size_t question_size) {
  std::vector<std::string> addresses;
  for (size_t at = question_size + 12; at + 4 <= answer.size(); at += 16) {
    uint32_t bits;
    answer.copy(reinterpret_cast<char*>(&bits), sizeof(bits), at);
    addresses.push_back(to_string(Ipv4{ntohl(bits)}));
  }
  return addresses.empty() ? formatted("rcode {}", answer[3] & 15) : join(addresses, " ");
}

std::string resolve(BorrowedFd network_namespace, const std::string& name) {
  UniqueFd socket;
  {
    auto visit = NamespaceVisit::enter(network_namespace);
    socket.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  }
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(53);
  server.sin_addr.s_addr = htonl(0xac1e0001);
  auto question = question_for(name);
  ::sendto(socket.get(), question.data(), question.size(), 0, reinterpret_cast<sockaddr*>(&server), sizeof(server));
  pollfd waiting{socket.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 2000) <= 0) return "no answer";
  char buffer[512];
  ssize_t got = ::recv(socket.get(), buffer, sizeof(buffer), 0);
  return got < 12 ? "no answer" : answer_text(std::string(buffer, static_cast<size_t>(got)), question.size());
}

class ResolverTest : public TestHost {
 protected:
  void SetUp() override {
    TestHost::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto directory = os::make_temporary_directory("/tmp", "tare-resolver-");
    ASSERT_OK(directory);
    ::chmod(directory->c_str(), 0711);
    resolver_ = {.run_directory = *directory, .network = "test0", .gateway = {0xac1e0001}};
    client_ = container(bridge(), {0xac1e0009});
  }
  void TearDown() override {
    if (!resolver_.run_directory.empty()) {
      EXPECT_TRUE(stop_resolver(resolver_).ok());
      EXPECT_TRUE(os::remove_tree(resolver_.run_directory).ok());
    }
    client_.reset();
    TestHost::TearDown();
  }
  // dnsmasq sees a changed file a moment later.
  void expect_answer(const std::string& name, const std::string& expected) {
    std::string answer;
    for (int i = 0; i < 200 && (answer = resolve(client_, name)) != expected; ++i) ::usleep(10'000);
    EXPECT_EQ(answer, expected) << name;
  }
  std::string pid() { return os::read_file(resolver_.run_directory + "/dns/test0/pid").value_or("no pid"); }

  Resolver resolver_;
  UniqueFd client_;
};

#define START_RESOLVER()                   \
  auto state = ensure_resolver(resolver_); \
  ASSERT_OK(state);                        \
  if (!state->running) GTEST_SKIP() << state->warning

TEST_F(ResolverTest, NamesComeAndGo) {
  ASSERT_OK(set_names(resolver_, "c1", {"web", "www"}, kWeb));
  START_RESOLVER();
  expect_answer("web", "172.30.0.2");
  expect_answer("www", "172.30.0.2");
  ASSERT_OK(set_names(resolver_, "c2", {"db"}, kDatabase));
  expect_answer("db", "172.30.0.3");
  ASSERT_OK(remove_names(resolver_, "c1"));
  ASSERT_OK(remove_names(resolver_, "c1"));
  expect_answer("web", "rcode 3");
  expect_answer("db", "172.30.0.3");
}

TEST_F(ResolverTest, AContainerMayGetAnotherAddress) {
  START_RESOLVER();
  ASSERT_OK(set_names(resolver_, "c1", {"web"}, kWeb));
  expect_answer("web", "172.30.0.2");
  ASSERT_OK(set_names(resolver_, "c1", {"web"}, kDatabase));
  expect_answer("web", "172.30.0.3");
}

TEST_F(ResolverTest, NamesOfDeadContainersAreRemoved) {
  START_RESOLVER();
  ASSERT_OK(set_names(resolver_, "c1", {"web"}, kWeb));
  ASSERT_OK(set_names(resolver_, "c2", {"db"}, kDatabase));
  EXPECT_EQ(*remove_dead_names(resolver_, {"c2"}), 1u);
  expect_answer("web", "rcode 3");
  expect_answer("db", "172.30.0.3");
}

TEST_F(ResolverTest, ItIsStartedOnceAndStopped) {
  START_RESOLVER();
  auto first = pid();
  ASSERT_TRUE(ensure_resolver(resolver_)->running);
  EXPECT_EQ(pid(), first);
  ASSERT_OK(stop_resolver(resolver_));
  EXPECT_FALSE(os::exists(resolver_.run_directory + "/dns/test0"));
  EXPECT_EQ(resolve(client_, "web"), "no answer");
  ASSERT_OK(stop_resolver(resolver_));
}

TEST_F(ResolverTest, AnAddressThatIsNotThereIsAWarning) {
  resolver_.gateway = {0x01020304};
  auto state = ensure_resolver(resolver_);
  ASSERT_OK(state);
  EXPECT_FALSE(state->running);
  EXPECT_FALSE(state->warning.empty());
}

TEST_F(ResolverTest, ADirectoryThatOthersMayNotPassIsAWarning) {
  ::chmod(resolver_.run_directory.c_str(), 0700);
  auto state = ensure_resolver(resolver_);
  ASSERT_OK(state);
  EXPECT_NE(state->warning.find(resolver_.run_directory), std::string::npos) << state->warning;
}

TEST(Names, ThatWouldAddLinesAreRefused) {
  Resolver resolver{.run_directory = "/nonexistent", .network = "test0", .gateway = {}};
  for (auto name : {"", "a b", "a\n1.2.3.4 b", "a#b"}) {
    auto refused = set_names(resolver, "c1", {name}, kWeb);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalidArgument) << name;
  }
}

}  // namespace
}  // namespace tare::network
