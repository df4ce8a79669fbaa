#include "http/client/redirect.h"

#include <gtest/gtest.h>

namespace tare::http {
namespace {

Request with_secrets(std::string method, std::string url) {
  Request request{.method = std::move(method), .url = std::move(url), .headers = {{"Authorization", "Basic eA=="}}};
  request.headers.add("Accept", "*/*");
  request.tls.client_certificate = "/c";
  return request;
}

bool keeps_secrets(const std::string& from, const std::string& to) {
  const auto next = plan_redirect(with_secrets("GET", from), 307, {{"Location", to}});
  EXPECT_TRUE(next.ok() && next->has_value());
  const bool header = (*next)->headers.find("authorization").has_value();
  EXPECT_EQ(header, !(*next)->tls.client_certificate.empty());
  EXPECT_TRUE((*next)->headers.find("accept"));
  return header;
}

TEST(Redirect, SecretsStayWithSchemeHostAndPort) {
  EXPECT_TRUE(keeps_secrets("https://r.example/v2/", "/other"));
  EXPECT_TRUE(keeps_secrets("https://r.example/v2/", "https://R.example:443/other"));
  EXPECT_FALSE(keeps_secrets("https://r.example/v2/", "https://r.example:444/other"));
  EXPECT_FALSE(keeps_secrets("https://r.example/v2/", "https://cdn.r.example/other"));
  EXPECT_FALSE(keeps_secrets("https://r.example/v2/", "//evil.example/v2/"));
  EXPECT_FALSE(keeps_secrets("http://r.example/v2/", "https://r.example/v2/"));
}

TEST(Redirect, FromHttpsToHttpIsRefused) {
  const auto next = plan_redirect(with_secrets("GET", "https://r.example/"), 302, {{"Location", "http://r.example/"}});
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.error().kind(), ErrorKind::kPermissionDenied);
}

TEST(Redirect, AnyCertificateWillDoOfTheFirstHostOnly) {
  auto request = with_secrets("GET", "https://r.example/");
  request.tls.insecure = true;
  const auto insecure_at = [&](const std::string& to) {
    const auto next = plan_redirect(request, 307, {{"Location", to}});
    return next.ok() && (*next)->tls.insecure;
  };
  EXPECT_TRUE(insecure_at("https://r.example:444/other"));
  EXPECT_TRUE(insecure_at("https://127.0.0.1/other"));
  EXPECT_FALSE(insecure_at("https://cdn.example/other"));
  EXPECT_FALSE(plan_redirect(request, 307, {{"Location", "http://cdn.example/"}}).ok());
}

TEST(Redirect, OtherSchemesAndUserNamesAreRefused) {
  for (const std::string to : {"file:///etc/passwd", "ftp://x/", "https://user@evil.example/", "gopher://x/"}) {
    EXPECT_FALSE(plan_redirect(with_secrets("GET", "https://r.example/"), 302, {{"Location", to}}).ok()) << to;
  }
}

TEST(Redirect, WritesAreNotRepeatedElsewhere) {
  const auto next = plan_redirect(with_secrets("PUT", "https://r.example/"), 307, {{"Location", "https://x.example/"}});
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->has_value());
}

TEST(Redirect, OtherStatusesAreNone) {
  const auto next = plan_redirect(with_secrets("GET", "https://r.example/"), 202, {{"Location", "/x"}});
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->has_value());
}

TEST(Redirect, WithoutATargetIsAnError) {
  EXPECT_FALSE(plan_redirect(with_secrets("GET", "https://r.example/"), 302, {}).ok());
}

}  // namespace
}  // namespace tare::http
