#include "http/client/url.h"

#include <gtest/gtest.h>

namespace tare::http {
namespace {

TEST(Url, PeersAreComparable) {
  EXPECT_EQ(url_peer("https://Registry.Example/v2/").value(), (Peer{"https", "registry.example", "443"}));
  EXPECT_EQ(url_peer("http://[::1]:5000/v2/").value(), (Peer{"http", "::1", "5000"}));
  EXPECT_FALSE(url_peer("ftp://x/").ok());
  EXPECT_FALSE(url_peer("not a url").ok());
  EXPECT_FALSE(url_peer("https://user:pw@host/").ok());
}

TEST(Url, ResolvesRelativeReferences) {
  EXPECT_EQ(resolve_url("http://h:1/v2/a/blobs/uploads/", "/v2/a/x?s=1").value(), "http://h:1/v2/a/x?s=1");
  EXPECT_EQ(resolve_url("http://h:1/v2/a/", "https://o/x").value(), "https://o/x");
}

TEST(Url, EncodesQueries) {
  EXPECT_EQ(add_query("http://h/u", "digest", "sha256:ab"), "http://h/u?digest=sha256%3Aab");
  EXPECT_EQ(add_query("http://h/u?s=1", "a b", "&"), "http://h/u?s=1&a%20b=%26");
}

TEST(Url, KnowsLoopback) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host : {"127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "::2", "127.1", ""}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace tare::http
