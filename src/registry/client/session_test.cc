#include "registry/client/session.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "http/client/test_server.h"
#include "registry/client/login.h"

namespace tare::registry {
namespace {

using http::SeenRequest;
using http::TestConnection;
using http::TestServer;

constexpr RetryPolicy kQuick{.attempts = 3,
                             .first_delay = std::chrono::milliseconds(1),
                             .longest_delay = std::chrono::milliseconds(2),
                             .longest_asked = std::chrono::milliseconds(5)};

SessionOptions options_with(std::optional<Credentials> credentials = {}) {
  SessionOptions options;
  options.credentials = std::move(credentials);
  options.retry = kQuick;
  return options;
}

std::string authorization(const SeenRequest& request) { return request.headers.find("Authorization").value_or(""); }

Result<int> status_of(Session& session, const std::string& path) {
  auto response = TRY(session.send({.url = session.url(path)}));
  return response.status;
}

TEST(Session, FallsBackToPlainHttpOnThisMachine) {
  TestServer server([](const SeenRequest&, TestConnection& connection) { connection.reply(200, ""); });
  auto session = Session::connect(server.host(), "a/b", Access::kPull, options_with());
  ASSERT_TRUE(session.ok()) << session.error().text();
  EXPECT_EQ((*session)->url("tags/list"), server.url("/v2/a/b/tags/list"));
}

TEST(Session, BasicCredentialsFollowTheChallenge) {
  TestServer server([](const SeenRequest& request, TestConnection& connection) {
    const bool known = authorization(request) == "Basic dTpw";
    connection.reply(known ? 200 : 401, "WWW-Authenticate: Basic realm=\"r\"\r\n");
  });
  auto session = Session::connect(server.host(), "a", Access::kPull, options_with(Credentials{"u", "p", ""})).value();
  EXPECT_EQ(status_of(*session, "x").value(), 200);
  EXPECT_EQ(authorization(server.requests().at(0)), "") << "nothing is told before it is asked for";
}

TEST(Session, WithoutCredentialsTheErrorSaysLogin) {
  TestServer server([](const SeenRequest&, TestConnection& connection) {
    connection.reply(401, "WWW-Authenticate: Basic realm=\"r\"\r\n");
  });
  auto session = Session::connect(server.host(), "a", Access::kPull, options_with()).value();
  const auto status = status_of(*session, "x");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::kUnauthenticated);
  EXPECT_NE(status.error().hint().find("login"), std::string::npos);
}

// A registry that takes the tokens "T1", "T2", … in turn, each for `uses` requests.
class TokenRegistry {
 public:
  explicit TokenRegistry(int uses)
      : server_([=, this](const auto& request, auto& connection) { answer(request, connection, uses); }) {}
  TestServer& server() { return server_; }
  int tokens() const { return tokens_; }
  std::string last_token_request() const { return token_request_; }

 private:
  void answer(const SeenRequest& request, TestConnection& connection, int uses) {
    if (request.target.starts_with("/token")) {
      token_request_ = request.target;
      left_ = uses;
      connection.reply(200, "", formatted(R"({{"token": "T{}"}})", ++tokens_));
      return;
    }
    const bool known = authorization(request) == formatted("Bearer T{}", tokens_.load()) && left_-- > 0;
    const auto challenge = formatted("WWW-Authenticate: Bearer realm=\"{}\",service=\"s\"\r\n", server_.url("/token"));
    connection.reply(known ? 200 : 401, challenge);
  }
  std::atomic<int> tokens_ = 0;
  std::atomic<int> left_ = 0;
  std::string token_request_;
  TestServer server_;
};

TEST(Session, FetchesATokenForItsScopeOnce) {
  TokenRegistry registry(100);
  auto session = Session::connect(registry.server().host(), "a/b", Access::kPush, options_with()).value();
  for (int round = 0; round < 3; ++round) EXPECT_EQ(status_of(*session, "x").value(), 200);
  EXPECT_EQ(registry.tokens(), 1);
  EXPECT_EQ(registry.last_token_request(), "/token?service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush");
}

TEST(Session, RenewsATokenThatIsRefused) {
  TokenRegistry registry(2);
  auto session = Session::connect(registry.server().host(), "a", Access::kPull, options_with()).value();
  for (int round = 0; round < 5; ++round) EXPECT_EQ(status_of(*session, "x").value(), 200);
  EXPECT_EQ(registry.tokens(), 3);
}

TEST(Session, ARefusalAfterANewTokenIsFinal) {
  TokenRegistry registry(0);
  auto session = Session::connect(registry.server().host(), "a", Access::kPull, options_with()).value();
  EXPECT_EQ(status_of(*session, "x").value(), 401);
  EXPECT_EQ(registry.tokens(), 2);
}

TEST(Session, SendsTheTokenServerOurCredentials) {
  std::string seen;
  TestServer server([&](const SeenRequest& request, TestConnection& connection) {
    if (request.target.starts_with("/token")) {
      seen = authorization(request);
      return void(connection.reply(200, "", R"({"access_token": "T"})"));
    }
    const bool known = authorization(request) == "Bearer T";
    connection.reply(known ? 200 : 401, "WWW-Authenticate: Bearer realm=\"http://" +
                                            request.headers.find("Host").value() + "/token\"\r\n");
  });
  EXPECT_TRUE(verify_login(server.host(), {"u", "p", ""}, options_with()).ok());
  EXPECT_EQ(seen, "Basic dTpw");
}

TEST(Session, AnIdentityTokenIsExchanged) {
  std::string form;
  TestServer server([&](const SeenRequest& request, TestConnection& connection) {
    if (request.target.starts_with("/token")) {
      form = request.body;
      return void(connection.reply(200, "", R"({"access_token": "T"})"));
    }
    const bool known = authorization(request) == "Bearer T";
    connection.reply(known ? 200 : 401, "WWW-Authenticate: Bearer service=s,realm=\"http://" +
                                            request.headers.find("Host").value() + "/token\"\r\n");
  });
  auto session =
      Session::connect(server.host(), "a", Access::kPull, options_with(Credentials{"", "", "ref/resh"})).value();
  EXPECT_EQ(status_of(*session, "x").value(), 200);
  EXPECT_EQ(form,
            "grant_type=refresh_token&client_id=tare&service=s&scope=repository%3Aa%3Apull&refresh_token=ref%2Fresh");
}

TEST(Session, WrongCredentialsFailTheLogin) {
  TestServer server([](const SeenRequest&, TestConnection& connection) {
    connection.reply(401, "WWW-Authenticate: Basic realm=\"r\"\r\n",
                     R"({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]})");
  });
  const auto result = verify_login(server.host(), {"u", "wrong", ""}, options_with());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind(), ErrorKind::kUnauthenticated);
  EXPECT_NE(result.error().text().find("unauthorized: authentication required"), std::string::npos);
}

TEST(Session, TriesAgainWhatPasses) {
  std::atomic<int> count = 0;
  TestServer server([&](const SeenRequest& request, TestConnection& connection) {
    if (!request.target.ends_with("/x")) return void(connection.reply(200, ""));
    ++count;
    if (count == 1) connection.reply(503, "Retry-After: 0\r\n");
    if (count == 2) connection.reset();
    if (count == 3) connection.reply(200, "");
  });
  auto session = Session::connect(server.host(), "a", Access::kPull, options_with()).value();
  EXPECT_EQ(status_of(*session, "x").value(), 200);
  EXPECT_EQ(count, 3);
}

TEST(Session, GivesUpAfterItsAttempts) {
  std::atomic<int> count = 0;
  TestServer server([&](const SeenRequest& request, TestConnection& connection) {
    count += request.target.ends_with("/x");
    connection.reply(request.target.ends_with("/x") ? 500 : 200, "");
  });
  auto session = Session::connect(server.host(), "a", Access::kPull, options_with()).value();
  EXPECT_EQ(status_of(*session, "x").value(), 500);
  EXPECT_EQ(count, kQuick.attempts);
}

TEST(Session, DoesNotWaitAsLongAsAskedBeyondItsPolicy) {
  TestServer server([](const SeenRequest& request, TestConnection& connection) {
    connection.reply(request.target.ends_with("/x") ? 429 : 200, "Retry-After: 86400\r\n");
  });
  auto session = Session::connect(server.host(), "a", Access::kPull, options_with()).value();
  EXPECT_EQ(status_of(*session, "x").value(), 429);
}

TEST(Session, TokensNeverGoElsewhere) {
  std::string leaked;
  TestServer thief([&](const SeenRequest& request, TestConnection& connection) {
    leaked += authorization(request);
    connection.reply(401, "WWW-Authenticate: Basic realm=\"give\"\r\n");
  });
  TestServer server([&](const SeenRequest& request, TestConnection& connection) {
    if (authorization(request).empty()) return void(connection.reply(401, "WWW-Authenticate: Basic realm=\"r\"\r\n"));
    connection.reply(307, formatted("Location: {}\r\n", thief.url("/steal")));
  });
  auto session = Session::connect(server.host(), "a", Access::kPull, options_with(Credentials{"u", "p", ""})).value();
  EXPECT_EQ(status_of(*session, "x").value(), 401);
  // An upload's Location may lead anywhere too.
  EXPECT_EQ(session->send({.method = "PUT", .url = thief.url("/upload")})->status, 401);
  EXPECT_EQ(leaked, "");
  EXPECT_EQ(thief.requests().size(), 2u);
}

TEST(Session, ARealmOverPlainHttpIsRefusedToAnHttpsRegistry) {
  EXPECT_FALSE(check_realm({.url = "https://r.example/v2/"}, "http://auth.example/token").ok());
  EXPECT_TRUE(check_realm({.url = "https://r.example/v2/"}, "https://auth.example/token").ok());
  EXPECT_TRUE(check_realm({.url = "http://127.0.0.1:5/v2/"}, "http://127.0.0.1:6/token").ok());
  EXPECT_FALSE(check_realm({.url = "http://127.0.0.1:5/v2/"}, "http://auth.example/token").ok());
  EXPECT_FALSE(
      check_realm({.url = "https://localhost:5/v2/", .tls = {.insecure = true}}, "http://auth.example/token").ok());
  EXPECT_TRUE(check_realm({.url = "http://127.0.0.1:5/v2/"}, "https://auth.example/token").ok());
  EXPECT_TRUE(check_realm({.url = "http://registry.lan/v2/"}, "http://auth.lan/token").ok()) << "the user said so";
  EXPECT_FALSE(check_realm({.url = "http://127.0.0.1:5/v2/"}, "file:///etc/passwd").ok());
}

TEST(Session, NoRegistryThereIsSaid) {
  TestServer server([](const SeenRequest&, TestConnection& connection) { connection.reply(404, ""); });
  const auto session = Session::connect(server.host(), "a", Access::kPull, options_with());
  ASSERT_FALSE(session.ok());
  EXPECT_NE(session.error().text().find("no registry"), std::string::npos);
}

}  // namespace
}  // namespace tare::registry
