#include "registry/client/blob_source.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "http/client/test_server.h"

namespace tare::registry {
namespace {

using http::SeenRequest;
using http::TestConnection;
using http::TestServer;

const std::string kBlob = "0123456789abcdefghij";

class BlobSourceTest : public ::testing::Test {
 protected:
  // `serve` answers the requests for the blob; the version check is answered here.
  void start(std::function<void(const SeenRequest&, TestConnection&)> serve) {
    server_ = std::make_unique<TestServer>([=](const SeenRequest& request, TestConnection& connection) {
      if (request.target == "/v2/") return void(connection.reply(200, ""));
      serve(request, connection);
    });
    SessionOptions options;
    options.retry = {.attempts = 3, .first_delay = std::chrono::milliseconds(1)};
    session_ = Session::connect(server_->host(), "a", Access::kPull, options).value();
  }
  Result<std::string> fetch(uint64_t offset = 0) {
    const auto source = TRY(open_blob(*session_, blob_, offset));
    return read_all(*source, 1 << 20);
  }
  std::string range(size_t index) {
    std::vector<SeenRequest> requests;
    for (const auto& request : server_->requests()) {
      if (request.target != "/v2/") requests.push_back(request);
    }
    return requests.at(index).headers.find("Range").value_or("");
  }
  const oci::Descriptor blob_{.digest = oci::Digest::of(kBlob), .size = kBlob.size()};
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<Session> session_;
};

std::string content_range(size_t from) { return formatted("Content-Range: bytes {}-19/20\r\n", from); }

TEST_F(BlobSourceTest, ReadsAWholeBlob) {
  start([](const SeenRequest&, TestConnection& connection) { connection.reply(200, "", kBlob); });
  EXPECT_EQ(fetch().value(), kBlob);
  EXPECT_EQ(range(0), "");
}

TEST_F(BlobSourceTest, ResumesFromAnOffset) {
  start(
      [](const SeenRequest&, TestConnection& connection) { connection.reply(206, content_range(7), kBlob.substr(7)); });
  EXPECT_EQ(fetch(7).value(), kBlob.substr(7));
  EXPECT_EQ(range(0), "bytes=7-");
}

TEST_F(BlobSourceTest, SkipsWhenTheRangeIsIgnored) {
  start([](const SeenRequest&, TestConnection& connection) { connection.reply(200, "", kBlob); });
  EXPECT_EQ(fetch(7).value(), kBlob.substr(7));
}

TEST_F(BlobSourceTest, AtTheEndNothingIsAsked) {
  start([](const SeenRequest&, TestConnection& connection) { connection.reply(500, ""); });
  EXPECT_EQ(fetch(kBlob.size()).value(), "");
}

TEST_F(BlobSourceTest, GoesOnWhereTheConnectionBroke) {
  std::atomic<int> count = 0;
  start([&](const SeenRequest&, TestConnection& connection) {
    if (++count == 1) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + kBlob.substr(0, 5));
      ::shutdown(connection.fd(), SHUT_RDWR);
    } else {
      connection.reply(206, content_range(5), kBlob.substr(5));
    }
  });
  EXPECT_EQ(fetch().value(), kBlob);
  EXPECT_EQ(range(1), "bytes=5-");
}

TEST_F(BlobSourceTest, ABodyThatEndsEarlyWithoutALengthIsResumedToo) {
  std::atomic<int> count = 0;
  start([&](const SeenRequest&, TestConnection& connection) {
    if (++count > 1) return void(connection.reply(206, content_range(5), kBlob.substr(5)));
    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + kBlob.substr(0, 5));
    ::shutdown(connection.fd(), SHUT_RDWR);
  });
  EXPECT_EQ(fetch().value(), kBlob);
}

TEST_F(BlobSourceTest, GivesUpWhenNothingMoves) {
  start([](const SeenRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
    ::shutdown(connection.fd(), SHUT_RDWR);
  });
  const auto text = fetch();
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(text.error().text().find(blob_.digest.string()), std::string::npos);
}

TEST_F(BlobSourceTest, AWrongLengthIsKnownBeforeTheFirstByte) {
  start([](const SeenRequest&, TestConnection& connection) { connection.reply(200, "", kBlob + "x"); });
  const auto text = fetch();
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(BlobSourceTest, AnEndlessBodyIsReadToTheDescriptorsSizeOnly) {
  std::atomic<bool> gone = false;
  start([&](const SeenRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n" + kBlob);
    const std::string piece(65536, 'x');
    while (connection.send(piece)) {
    }
    gone = true;
  });
  const auto text = fetch();
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().kind(), ErrorKind::kCorrupt);
  session_.reset();
  server_.reset();
  EXPECT_TRUE(gone);
}

TEST_F(BlobSourceTest, AnotherRangeThanAskedForIsRefused) {
  start(
      [](const SeenRequest&, TestConnection& connection) { connection.reply(206, content_range(6), kBlob.substr(6)); });
  EXPECT_EQ(fetch(7).error().kind(), ErrorKind::kCorrupt);
}

TEST_F(BlobSourceTest, AMissingBlobIsNotFound) {
  start([](const SeenRequest&, TestConnection& connection) { connection.reply(404, ""); });
  EXPECT_EQ(fetch().error().kind(), ErrorKind::kNotFound);
}

TEST(RangePlan, FollowsStatusAndHeaders) {
  EXPECT_EQ(plan_range(200, {}, 0, 20)->skip, 0u);
  EXPECT_EQ(plan_range(200, {}, 7, 20)->skip, 7u);
  EXPECT_EQ(plan_range(206, {{"Content-Range", "bytes 7-19/20"}, {"Content-Length", "13"}}, 7, 20)->skip, 0u);
  EXPECT_FALSE(plan_range(206, {}, 7, 20).ok());
  EXPECT_FALSE(plan_range(206, {{"Content-Range", "bytes 0-19/20"}}, 0, 20).ok()) << "no range was asked for";
  EXPECT_FALSE(plan_range(206, {{"Content-Range", "octets 7-19/20"}}, 7, 20).ok());
  EXPECT_FALSE(plan_range(206, {{"Content-Range", "bytes 7-19/20"}, {"Content-Length", "14"}}, 7, 20).ok());
  EXPECT_FALSE(plan_range(416, {}, 7, 20).ok());
  EXPECT_FALSE(plan_range(204, {}, 0, 20).ok());
}

}  // namespace
}  // namespace tare::registry
