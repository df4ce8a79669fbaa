#include "registry/client/endpoint.h"

#include <gtest/gtest.h>

#include "os/file.h"

namespace tare::registry {
namespace {

std::vector<std::string> urls(const std::string& registry, const EndpointOptions& options = {}) {
  std::vector<std::string> result;
  for (const auto& endpoint : plan_endpoints(registry, options, {})) result.push_back(endpoint.url);
  return result;
}

using Urls = std::vector<std::string>;

TEST(Endpoint, DockerHubHasAnotherName) { EXPECT_EQ(urls("docker.io"), Urls{"https://registry-1.docker.io"}); }

TEST(Endpoint, OthersGetTlsOnly) {
  EXPECT_EQ(urls("r.example:5000"), Urls{"https://r.example:5000"});
  EXPECT_EQ(urls("127.0.0.1.evil.example"), Urls{"https://127.0.0.1.evil.example"});
  EXPECT_FALSE(plan_endpoints("r.example", {}, {}).at(0).tls.insecure);
}

TEST(Endpoint, ThisMachineMaySpeakPlainHttp) {
  EXPECT_EQ(urls("localhost:5000"), (Urls{"https://localhost:5000", "http://localhost:5000"}));
  EXPECT_EQ(urls("127.0.0.1:5000"), (Urls{"https://127.0.0.1:5000", "http://127.0.0.1:5000"}));
  EXPECT_EQ(urls("[::1]:5000"), (Urls{"https://[::1]:5000", "http://[::1]:5000"}));
  EXPECT_TRUE(plan_endpoints("localhost:5000", {}, {}).at(0).tls.insecure);
}

TEST(Endpoint, AnAuthorityNamedForThisMachineIsChecked) {
  const auto endpoints = plan_endpoints("localhost:5000", {}, {.ca_file = "/ca.crt"});
  EXPECT_FALSE(endpoints.at(0).tls.insecure);
  EXPECT_EQ(endpoints.at(0).tls.ca_file, "/ca.crt");
}

TEST(Endpoint, InsecureOnlyWhereTheUserSaysSo) {
  const EndpointOptions named{.insecure_registries = {"r.lan:5000"}};
  EXPECT_EQ(urls("r.lan:5000", named).size(), 2u);
  EXPECT_EQ(urls("r.lan:5001", named).size(), 1u);
  EXPECT_EQ(urls("r.example", {.insecure = true}).size(), 2u);
}

class Certificates : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = os::make_temporary_directory("/tmp", "tare-certs-").value(); }
  void TearDown() override { EXPECT_TRUE(os::remove_tree(folder_).ok()); }
  void add(const std::string& name) {
    EXPECT_TRUE(os::make_directories(folder_ + "/r.example:5000").ok());
    EXPECT_TRUE(os::write_file_atomic(folder_ + "/r.example:5000/" + name, "x").ok());
  }
  std::string folder_;
};

TEST_F(Certificates, AreFoundByHostAndPort) {
  add("ca.crt");
  add("client.cert");
  add("client.key");
  const auto tls = read_certificates("r.example:5000", {"/nonexistent", folder_});
  ASSERT_TRUE(tls.ok()) << tls.error().text();
  EXPECT_EQ(tls->ca_file, folder_ + "/r.example:5000/ca.crt");
  EXPECT_EQ(tls->client_certificate, folder_ + "/r.example:5000/client.cert");
  EXPECT_EQ(tls->client_key, folder_ + "/r.example:5000/client.key");
  EXPECT_EQ(read_certificates("r.example:5001", {folder_}).value(), http::TlsOptions{});
}

TEST_F(Certificates, HalfAPairIsRefused) {
  add("client.cert");
  const auto tls = read_certificates("r.example:5000", {folder_});
  ASSERT_FALSE(tls.ok());
  EXPECT_NE(tls.error().text().find("client.key"), std::string::npos);
}

}  // namespace
}  // namespace tare::registry
