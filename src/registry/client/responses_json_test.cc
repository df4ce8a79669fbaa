#include "registry/client/responses_json.h"

#include <gtest/gtest.h>

namespace tare::registry {
namespace {

TEST(Token, EitherNameAndALifetimeInBounds) {
  EXPECT_EQ(parse_token(R"({"token": "a"})")->text, "a");
  EXPECT_EQ(parse_token(R"({"access_token": "b", "expires_in": 300})")->lifetime, std::chrono::seconds(300));
  EXPECT_EQ(parse_token(R"({"token": "a", "expires_in": 1})")->lifetime, std::chrono::seconds(60));
  EXPECT_EQ(parse_token(R"({"token": "a", "expires_in": 99999999999})")->lifetime, std::chrono::hours(24));
}

TEST(Token, HostileAnswersAreRefused) {
  for (const char* json : {"", "{}", "[]", R"({"token": ""})", R"({"token": 5})", R"({"token": "a\r\nX-Evil: 1"})"}) {
    EXPECT_FALSE(parse_token(json).ok()) << json;
  }
}

TEST(ErrorBody, IsMadeOneLine) {
  EXPECT_EQ(parse_error_body(R"({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "not here"}]})"),
            "manifest unknown: not here");
  EXPECT_EQ(parse_error_body(R"({"errors": [{"code": "DENIED"}, {"message": "b"}]})"), "denied: ; b");
  EXPECT_EQ(parse_error_body(R"({"details": "incorrect username or password"})"), "incorrect username or password");
  EXPECT_EQ(parse_error_body("<html>502</html>"), "");
  EXPECT_EQ(parse_error_body(R"({"errors": "x"})"), "");
}

TEST(ErrorBody, CannotDriveTheTerminal) {
  EXPECT_EQ(parse_error_body("{\"errors\": [{\"code\": \"A\", \"message\": \"\\u001b[2Jx\\n\"}]}"), "a: [2Jx");
  const std::string longest = "{\"errors\": [{\"code\": \"A\", \"message\": \"" + std::string(5000, 'x') + "\"}]}";
  EXPECT_LE(parse_error_body(longest).size(), 500u);
}

}  // namespace
}  // namespace tare::registry
