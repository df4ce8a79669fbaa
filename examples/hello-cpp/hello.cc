// The same web server as examples/hello-go on plain sockets: answers "Hello, World!" on port 8080, one thread per
// connection, and writes a log line per request.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::string_view kAnswer = "Hello, World!\n";
constexpr size_t kLargestRequest = 64 * 1024;
constexpr int kIdleSeconds = 10;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_on(uint16_t port) {
  const int server = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server < 0) fail("socket");
  const int yes = 1;
  const int no = 0;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);  // IPv4 too
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  if (bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (listen(server, SOMAXCONN) != 0) fail("listen");
  return server;
}

bool send_all(int client, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// The next request's head, taken off `received`; empty when the client is gone, silent for too long, or too wordy.
std::string next_request(int client, std::string& received) {
  size_t end = received.find("\r\n\r\n");
  while (end == std::string::npos) {
    char buffer[4096];
    const ssize_t count = recv(client, buffer, sizeof buffer, 0);
    if (count <= 0 || received.size() > kLargestRequest) return {};
    received.append(buffer, static_cast<size_t>(count));
    end = received.find("\r\n\r\n");
  }
  std::string head = received.substr(0, end);
  received.erase(0, end + 4);
  return head;
}

bool wants_close(const std::string& head) {
  return strcasestr(head.c_str(), "\r\nConnection: close") != nullptr || head.find("HTTP/1.0") != std::string::npos;
}

void serve(int client, const std::string& peer) {
  const timeval idle{kIdleSeconds, 0};
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
  std::string received;
  for (;;) {
    const std::string head = next_request(client, received);
    if (head.empty()) break;
    const bool close_after = wants_close(head);
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
                               std::to_string(kAnswer.size()) + (close_after ? "\r\nConnection: close" : "") +
                               "\r\n\r\n" + std::string(head.starts_with("HEAD ") ? "" : kAnswer);
    const bool sent = send_all(client, answer);
    const std::string line = peer + " " + head.substr(0, head.find('\r')) + "\n";
    (void)!write(STDERR_FILENO, line.data(), line.size());  // one write: lines of two threads never mix
    if (!sent || close_after) break;
  }
  close(client);
}

std::string name_of(const sockaddr_in6& address) {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  const std::string_view name = text;
  return std::string(name.starts_with("::ffff:") ? name.substr(7) : name);
}

uint16_t port() {
  const char* text = std::getenv("PORT");
  return text == nullptr ? 8080 : static_cast<uint16_t>(std::atoi(text));
}

}  // namespace

int main() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const int signals = signalfd(-1, &stop, SFD_CLOEXEC);
  if (signals < 0) fail("signalfd");
  const int server = listen_on(port());
  std::fprintf(stderr, "listening on :%u\n", port());

  pollfd ready[2] = {{server, POLLIN, 0}, {signals, POLLIN, 0}};
  while (poll(ready, 2, -1) >= 0 || errno == EINTR) {
    if (ready[1].revents != 0) break;
    if (ready[0].revents == 0) continue;
    sockaddr_in6 address{};
    socklen_t size = sizeof address;
    const int client = accept4(server, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC);
    if (client >= 0) std::thread(serve, client, name_of(address)).detach();
  }
  std::fputs("stopped\n", stderr);
  _exit(0);  // threads that are still sending end with the process
}
