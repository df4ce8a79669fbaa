// A server of a few lines for unit tests of HTTP clients: a thread per connection on a loopback port, and a function
// that writes whatever bytes the test wants, also wrong ones. Included by *_test.cc files only.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "http/client/headers.h"

namespace tare::http {

struct SeenRequest {
  std::string method;
  std::string target;
  Headers headers;
  std::string body;  // decoded when it came in chunks
};

// One accepted connection, as a handler sees it.
class TestConnection {
 public:
  explicit TestConnection(int fd) : fd_(fd) {}
  // False when the peer is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  bool reply(int status, const std::string& extra_headers, std::string_view body = "") {
    return send(formatted("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n{}", status, extra_headers, body.size(), body));
  }
  // A reset, not a close: the peer's next read fails.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }
  int fd() const { return fd_.get(); }

  // The next request; false at the end of the connection.
  bool receive(SeenRequest& request) {
    std::string head;
    if (pending_.empty() && !fill()) return false;
    if (pending_[0] == kTlsHandshake) return reply(400, ""), false;  // as servers of plain HTTP do
    if (!read_until("\r\n\r\n", head)) return false;
    parse_head(head, request);
    if (const auto length = request.headers.find("Content-Length")) {
      return read_exactly(parse_unsigned(*length).value_or(0), request.body);
    }
    return request.headers.find("Transfer-Encoding") ? read_chunks(request.body) : true;
  }

 private:
  static constexpr char kTlsHandshake = 0x16;  // a ClientHello's first byte

  static void parse_head(const std::string& head, SeenRequest& request) {
    request = {};
    const auto lines = split(head, '\n');
    const auto words = split(trim(lines[0]), ' ');
    request.method = words[0];
    request.target = words.size() > 1 ? words[1] : "";
    for (size_t index = 1; index < lines.size(); ++index) {
      if (const auto field = cut(lines[index], ':')) {
        request.headers.add(std::string(trim(field->first)), std::string(trim(field->second)));
      }
    }
  }
  bool fill() {
    char bytes[4096];
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count > 0) pending_.append(bytes, static_cast<size_t>(count));
    return count > 0;
  }
  bool read_until(std::string_view mark, std::string& text) {
    while (pending_.find(mark) == std::string::npos) {
      if (!fill()) return false;
    }
    const size_t end = pending_.find(mark) + mark.size();
    text = pending_.substr(0, end);
    pending_.erase(0, end);
    return true;
  }
  bool read_exactly(size_t size, std::string& text) {
    while (pending_.size() < size) {
      if (!fill()) return false;
    }
    text = pending_.substr(0, size);
    pending_.erase(0, size);
    return true;
  }
  bool read_chunks(std::string& body) {
    for (std::string line, chunk; read_until("\r\n", line);) {
      const size_t size = std::stoul(line, nullptr, 16);
      if (!read_exactly(size + 2, chunk)) return false;
      if (size == 0) return true;
      body += chunk.substr(0, size);
    }
    return false;
  }

  UniqueFd fd_;
  std::string pending_;
};

class TestServer {
 public:
  // Called for each request, by several threads at once. Returning without a reply closes the connection.
  using Handler = std::function<void(const SeenRequest& request, TestConnection& connection)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_.get(), 16);
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TestServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& connection : connections_) ::shutdown(connection->fd(), SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
  }

  std::string host() const { return formatted("127.0.0.1:{}", port_); }
  std::string url(std::string_view path) const { return formatted("http://{}{}", host(), path); }
  int accepted() const { return accepted_; }
  std::vector<SeenRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      ++accepted_;
      const std::lock_guard lock(mutex_);
      connections_.push_back(std::make_shared<TestConnection>(fd));
      threads_.emplace_back([this, connection = connections_.back()] { serve(*connection); });
    }
  }
  void serve(TestConnection& connection) {
    for (SeenRequest request; connection.fd() >= 0 && connection.receive(request);) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      handler_(request, connection);
    }
    ::shutdown(connection.fd(), SHUT_RDWR);
  }

  Handler handler_;
  UniqueFd listener_;
  int port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<std::shared_ptr<TestConnection>> connections_;
  std::vector<SeenRequest> requests_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tare::http
