#include "http/server/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "os/file.h"

namespace tare::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Answers with what it was asked; "/deaf" does not read the body.
Reply echo(Request& request) {
  if (request.target == "/deaf") return {.status = 413, .body = std::string("no\n")};
  auto body = read_all(request.body, size_t{64} << 20);
  if (!body.ok()) return {.status = 400, .body = body.error().text()};
  return {.headers = {{"X-Method", request.method}, {"X-Evil", "a\r\nInjected: yes"}}, .body = std::move(*body)};
}

class Client {
 public:
  explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<size_t>(count));
    }
  }
  void end() { ::shutdown(socket_.get(), SHUT_WR); }
  // Until `mark` has arrived.
  std::string receive_until(std::string_view mark) {
    std::string text;
    char byte = 0;
    while (text.find(mark) == std::string::npos && ::recv(socket_.get(), &byte, 1, 0) == 1) text += byte;
    return text;
  }
  std::string receive_all() { return receive_until("\1never\1"); }

 private:
  UniqueFd socket_;
};

class HttpServer : public ::testing::Test {
 protected:
  Server start(Handler handler = echo, ServerOptions options = {}) {
    options.address = "127.0.0.1:0";
    options.workers = 4;
    auto server = Server::listen(std::move(options), std::move(handler));
    EXPECT_TRUE(server.ok()) << server.error().text();
    return std::move(server).value();
  }
};

TEST_F(HttpServer, AnswersAndKeepsTheConnection) {
  const auto server = start();
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.receive_until("\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("X-Method: GET\r\n")));
  client.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(client.receive_until("hello"), HasSubstr("Content-Length: 5\r\n"));
}

TEST_F(HttpServer, ServesPipelinedRequests) {
  const auto server = start();
  Client client(server.port());
  client.send(
      "GET /1 HTTP/1.1\r\n\r\nPUT /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nConnection: "
      "close\r\n\r\n");
  EXPECT_THAT(client.receive_all(),
              AllOf(HasSubstr("X-Method: PUT"), HasSubstr("abcHTTP/1.1 200"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServer, ReadsChunkedBodies) {
  const auto server = start();
  Client client(server.port());
  client.send("PATCH / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("4;x=y\r\ndefg\r\n0\r\n\r\n");
  EXPECT_THAT(client.receive_until("abcdefg"), HasSubstr("Content-Length: 7\r\n"));
}

TEST_F(HttpServer, AsksForABodyThatWaits) {
  const auto server = start();
  Client client(server.port());
  client.send("PUT / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.receive_until("\r\n\r\nok"), EndsWith("ok"));
}

TEST_F(HttpServer, DoesNotAskForABodyThatNobodyReads) {
  const auto server = start();
  Client client(server.port());
  client.send("PUT /deaf HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  client.end();
  EXPECT_THAT(client.receive_all(),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("Connection: close"), EndsWith("no\n")));
}

TEST_F(HttpServer, AReplyReachesAClientThatStillSends) {
  const auto server = start();
  Client client(server.port());
  client.send("PUT /deaf HTTP/1.1\r\nContent-Length: 8388608\r\n\r\n");
  client.send(std::string(size_t{8} << 20, 'x'));
  EXPECT_THAT(client.receive_all(), AllOf(StartsWith("HTTP/1.1 413 "), EndsWith("no\n")));
}

TEST_F(HttpServer, HeadHasNoBody) {
  const auto server = start([](Request&) { return Reply{.body = std::string("content")}; });
  Client client(server.port());
  client.send("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.receive_all(), AllOf(HasSubstr("Content-Length: 7\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServer, SendsPartsOfFiles) {
  const std::string directory = *os::make_temporary_directory("/tmp", "http-test-");
  ASSERT_TRUE(os::write_file_atomic(directory + "/file", "0123456789").ok());
  const auto server = start([&](Request&) {
    return Reply{.body = FileBody{os::open(directory + "/file", O_RDONLY).value(), 3, 4}};
  });
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.receive_all(), AllOf(HasSubstr("Content-Length: 4\r\n"), EndsWith("\r\n\r\n3456")));
  EXPECT_TRUE(os::remove_tree(directory).ok());
}

TEST_F(HttpServer, HeaderValuesStayOnOneLine) {
  const auto server = start();
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.receive_all(), AllOf(HasSubstr("X-Evil: aInjected: yes\r\n"), Not(HasSubstr("\nInjected"))));
}

TEST_F(HttpServer, RefusesWhatIsNoHttp) {
  const auto server = start();
  Client client(server.port());
  client.send("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(HttpServer, RefusesEndlessHeaders) {
  const auto server = start();
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(size_t{128} << 10, 'x'));
  EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServer, ABodyThatEndsEarlyIsAFailure) {
  const auto server = start();
  Client client(server.port());
  client.send("PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  client.end();
  EXPECT_THAT(client.receive_all(), AllOf(StartsWith("HTTP/1.1 400 "), EndsWith("in the middle of the body")));
}

TEST_F(HttpServer, IdleConnectionsHoldNoWorker) {
  const auto server = start();
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Client>(server.port()));
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, StopLetsRequestsEnd) {
  std::promise<void> arrived;
  std::promise<void> go_on;
  auto server = start([&](Request&) {
    arrived.set_value();
    go_on.get_future().wait();
    return Reply{.body = std::string("done")};
  });
  Client idle(server.port());
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  arrived.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { server.stop(); });
  EXPECT_EQ(idle.receive_all(), "");  // closed: the server has begun to stop
  go_on.set_value();
  EXPECT_THAT(client.receive_all(), EndsWith("done"));
  stopping.wait();
}

TEST_F(HttpServer, StopCutsOffWhoStalls) {
  ServerOptions options;
  options.stop_patience = std::chrono::milliseconds(50);
  auto server = start(echo, std::move(options));
  Client client(server.port());
  client.send("PUT / HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  client.receive_until("\r\n\r\n");
  server.stop();
  EXPECT_THAT(client.receive_all(), Not(HasSubstr("200")));
}

}  // namespace
}  // namespace tare::http
