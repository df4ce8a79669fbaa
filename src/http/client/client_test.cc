#include "http/client/client.h"

#include <gtest/gtest.h>

#include <thread>

#include "http/client/test_server.h"

namespace tare::http {
namespace {

// Endless bytes, for uploads and for what must never be held in memory.
class CountedSource : public ByteSource {
 public:
  explicit CountedSource(size_t size) : left_(size) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    const size_t count = std::min(buffer.size(), left_);
    std::fill_n(buffer.begin(), count, std::byte{'x'});
    left_ -= count;
    return count;
  }

 private:
  size_t left_;
};

class FailingSource : public ByteSource {
 public:
  Result<size_t> read(std::span<std::byte>) override { return Failure(ErrorKind::kCorrupt, "the disk is broken"); }
};

Result<std::string> fetch(Client& client, const std::string& url) {
  auto response = TRY(client.send({.url = url}));
  return read_all(*response.body, 1 << 20);
}

TEST(Client, ReturnsStatusHeadersAndBody) {
  TestServer server(
      [](const SeenRequest&, TestConnection& connection) { connection.reply(418, "X-Pot: tea\r\n", "short"); });
  Client client("test/1");
  auto response = client.send({.url = server.url("/a?b=c"), .headers = {{"Accept", "text/plain"}}});
  ASSERT_TRUE(response.ok()) << response.error().text();
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->headers.find("x-pot"), "tea");
  EXPECT_EQ(read_all(*response->body, 100).value(), "short");
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/a?b=c");
  EXPECT_EQ(seen.headers.find("accept"), "text/plain");
  EXPECT_EQ(seen.headers.find("user-agent"), "test/1");
}

TEST(Client, KeepsConnectionsForTheNextRequest) {
  TestServer server([](const SeenRequest&, TestConnection& connection) { connection.reply(200, "", "x"); });
  Client client("test");
  for (int round = 0; round < 5; ++round) EXPECT_EQ(fetch(client, server.url("/")).value(), "x");
  EXPECT_EQ(server.accepted(), 1);
}

TEST(Client, ServesSeveralThreadsAtOnce) {
  TestServer server(
      [](const SeenRequest& request, TestConnection& connection) { connection.reply(200, "", request.target); });
  Client client("test");
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([&, path = formatted("/{}", number)] {
      for (int round = 0; round < 20; ++round) right += fetch(client, server.url(path)).value_or("") == path;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
}

TEST(Client, HeadHasNoBody) {
  TestServer server([](const SeenRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  });
  Client client("test");
  auto response = client.send({.method = "HEAD", .url = server.url("/")});
  ASSERT_TRUE(response.ok()) << response.error().text();
  EXPECT_EQ(response->headers.find("content-length"), "1000");
  EXPECT_EQ(read_all(*response->body, 100).value(), "");
}

TEST(Client, UploadsWithALengthAndInChunks) {
  TestServer server([](const SeenRequest& request, TestConnection& connection) {
    connection.reply(201, "", formatted("{}", request.body.size()));
  });
  Client client("test");
  for (const auto size : {std::optional<uint64_t>(3'000'000), std::optional<uint64_t>()}) {
    CountedSource body(3'000'000);
    auto response = client.send({.method = "PUT", .url = server.url("/"), .body = &body, .body_size = size});
    ASSERT_TRUE(response.ok()) << response.error().text();
    EXPECT_EQ(read_all(*response->body, 100).value(), "3000000");
  }
  EXPECT_EQ(server.requests().at(0).headers.find("Content-Length"), "3000000");
  EXPECT_EQ(server.requests().at(1).headers.find("Transfer-Encoding"), "chunked");
}

TEST(Client, PostWithoutABodySaysSo) {
  TestServer server([](const SeenRequest&, TestConnection& connection) { connection.reply(202, ""); });
  Client client("test");
  ASSERT_TRUE(client.send({.method = "POST", .url = server.url("/")}).ok());
  EXPECT_EQ(server.requests().at(0).method, "POST");
  EXPECT_EQ(server.requests().at(0).headers.find("content-length"), "0");
}

TEST(Client, TellsTheUploadSourcesOwnError) {
  TestServer server([](const SeenRequest&, TestConnection& connection) { connection.reply(201, ""); });
  Client client("test");
  FailingSource body;
  const auto response = client.send({.method = "PUT", .url = server.url("/"), .body = &body, .body_size = 10});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().text(), "the disk is broken");
}

TEST(Client, AnEndlessBodyWaitsForItsReader) {
  std::atomic<uint64_t> sent = 0;
  TestServer server([&](const SeenRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(65536, 'x');
    while (sent < (uint64_t{256} << 20) && connection.send(piece)) sent += piece.size();
  });
  Client client("test");
  {
    auto response = client.send({.url = server.url("/")});
    ASSERT_TRUE(response.ok()) << response.error().text();
    std::vector<std::byte> buffer(1000);
    ASSERT_TRUE(response->body->read(buffer).ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  // What the kernel's two socket buffers and ours take, not what the server would like to send.
  EXPECT_LT(sent, uint64_t{64} << 20);
}

TEST(Client, ASlowReaderGetsAllBytesInOrder) {
  std::string body;
  for (int number = 0; number < 700'000; ++number) body += static_cast<char>('a' + number % 26);
  TestServer server([&](const SeenRequest&, TestConnection& connection) { connection.reply(200, "", body); });
  Client client("test");
  // Small and odd reads, so that pauses fall everywhere; several rounds, because it is about timing.
  for (const size_t size : {size_t{1000}, size_t{16385}, size_t{65536}, size_t{1} << 20}) {
    auto response = client.send({.url = server.url("/"), .stall_timeout = std::chrono::seconds(5)});
    ASSERT_TRUE(response.ok());
    std::vector<std::byte> buffer(size);
    std::string text;
    while (true) {
      const auto count = response->body->read(buffer);
      ASSERT_TRUE(count.ok()) << count.error().text();
      if (*count == 0) break;
      text += as_text(ByteView(buffer).first(*count));
      std::this_thread::yield();
    }
    EXPECT_EQ(text, body) << size;
  }
}

TEST(Client, ABodyThatBreaksOffIsAnErrorAfterWhatArrived) {
  TestServer server([](const SeenRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    ::shutdown(connection.fd(), SHUT_RDWR);
  });
  Client client("test");
  auto response = client.send({.url = server.url("/")});
  ASSERT_TRUE(response.ok());
  std::vector<std::byte> buffer(100);
  EXPECT_EQ(response->body->read(buffer).value(), 4u);
  const auto rest = response->body->read(buffer);
  ASSERT_FALSE(rest.ok());
  EXPECT_EQ(rest.error().kind(), ErrorKind::kUnavailable);
}

TEST(Client, RefusedConnectionsNameHostAndCause) {
  std::string url;
  {
    const TestServer server([](const SeenRequest&, TestConnection&) {});
    url = server.url("/");
  }
  Client client("test");
  const auto response = client.send({.url = url});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(response.error().text().find("127.0.0.1:"), std::string::npos) << response.error().text();
  EXPECT_NE(response.error().text().find("Connection refused"), std::string::npos) << response.error().text();
}

TEST(Client, ASilentPeerTimesOut) {
  TestServer server([](const SeenRequest&, TestConnection& connection) {
    char byte = 0;
    static_cast<void>(::recv(connection.fd(), &byte, 1, 0));  // until the client gives up
  });
  Client client("test");
  const auto response = client.send({.url = server.url("/"), .stall_timeout = std::chrono::milliseconds(50)});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind(), ErrorKind::kUnavailable);
}

TEST(Client, StopsWhenAskedFromAnotherThread) {
  std::stop_source stop;
  TestServer server([&](const SeenRequest&, TestConnection& connection) {
    stop.request_stop();
    char byte = 0;
    static_cast<void>(::recv(connection.fd(), &byte, 1, 0));
  });
  Client client("test");
  const auto response = client.send({.url = server.url("/"), .stop = stop.get_token()});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind(), ErrorKind::kCancelled);
}

TEST(Client, EndlessHeadersAreRefused) {
  TestServer server([](const SeenRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    const std::string line = formatted("X-A: {}\r\n", std::string(8000, 'a'));
    while (connection.send(line)) {
    }
  });
  Client client("test");
  const auto response = client.send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind(), ErrorKind::kCorrupt);
}

TEST(Client, PlainHttpWhereTlsIsExpectedIsToldApart) {
  TestServer server([](const SeenRequest&, TestConnection&) {});
  Client client("test");
  const auto response = client.send({.url = formatted("https://{}/", server.host())});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind(), ErrorKind::kUnsupported) << response.error().text();
}

TEST(Client, FollowsRedirectsButKeepsSecretsHome) {
  TestServer elsewhere([](const SeenRequest&, TestConnection& connection) { connection.reply(200, "", "blob"); });
  TestServer server([&](const SeenRequest& request, TestConnection& connection) {
    if (request.target == "/near") return void(connection.reply(200, "", "near"));
    const std::string target = request.target == "/1" ? elsewhere.url("/far") : "/near";
    connection.reply(307, formatted("Location: {}\r\n", target));
  });
  Client client("test");
  const Headers secret = {{"Authorization", "Bearer s3cret"}};
  auto far = client.send_following({.url = server.url("/1"), .headers = secret});
  ASSERT_TRUE(far.ok()) << far.error().text();
  EXPECT_EQ(read_all(*far->body, 100).value(), "blob");
  EXPECT_EQ(far->url, elsewhere.url("/far"));
  EXPECT_FALSE(elsewhere.requests().at(0).headers.find("Authorization"));
  auto near = client.send_following({.url = server.url("/2"), .headers = secret});
  ASSERT_TRUE(near.ok());
  EXPECT_EQ(server.requests().back().headers.find("Authorization"), "Bearer s3cret");
}

TEST(Client, ARedirectLoopEnds) {
  TestServer server(
      [](const SeenRequest&, TestConnection& connection) { connection.reply(302, "Location: /again\r\n"); });
  Client client("test");
  const auto response = client.send_following({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_NE(response.error().text().find("redirects"), std::string::npos);
}

}  // namespace
}  // namespace tare::http
