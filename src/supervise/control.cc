#include "supervise/control.h"

#include <sys/socket.h>
#include <unistd.h>

#include "os/fd_passing.h"
#include "os/file.h"
#include "os/transfer.h"

namespace tare::supervise {
namespace {

bool is_trusted(BorrowedFd socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace

Connection::Connection(EventLoop& loop, UniqueFd socket, std::function<void(Connection&)> on_ready)
    : socket_(std::move(socket)),
      watch_(loop, socket_, [this, ready = std::move(on_ready)](uint32_t) { ready(*this); }) {
  os::set_nonblocking(socket_);
  watch_.want(EPOLLIN);
}

Result<Request> Connection::receive() {
  auto message = os::receive_message(socket_, kLongestRequest);
  if (!message || message->bytes.empty() || std::exchange(heard_, true)) {
    watch_.stop();
    gone_ = true;
    return Failure(ErrorKind::kCancelled, "the client has left");
  }
  descriptor_ = std::move(message->descriptor);
  return parse_request(message->bytes);
}

void Connection::answer(const Result<void>& result) {
  answer_text(result ? format_success() : format_failure(result.error()));
}

void Connection::answer_text(std::string_view text) { (void)os::send_some(socket_, text); }

Result<std::unique_ptr<Control>> Control::listen(EventLoop& loop, const std::string& path, Handler handler) {
  (void)os::remove_file(path);
  auto socket = TRY(os::listen_unix(path, SOCK_SEQPACKET, 0600));
  return std::unique_ptr<Control>(new Control(loop, std::move(socket), path, std::move(handler)));
}

Control::Control(EventLoop& loop, UniqueFd socket, std::string path, Handler handler)
    : loop_(loop),
      socket_(std::move(socket)),
      watch_(loop, socket_, [this](uint32_t) { accept(); }),
      path_(std::move(path)),
      handler_(std::move(handler)),
      sweep_(loop, [this] { std::erase_if(connections_, [](const auto& each) { return each->gone(); }); }) {
  watch_.want(EPOLLIN);
}

Control::~Control() {
  if (socket_.valid()) (void)os::remove_file(path_);
}

void Control::accept() {
  auto socket = os::accept_unix(socket_);
  if (!socket || !is_trusted(*socket)) return;
  connections_.push_back(
      std::make_unique<Connection>(loop_, std::move(socket).value(), [this](Connection& each) { serve(each); }));
}

void Control::serve(Connection& connection) {
  const auto request = connection.receive();
  if (connection.gone()) {
    sweep_.start(nanoseconds(0));
  } else if (request) {
    handler_(*request, connection);
  } else {
    connection.answer(Error(request.error().kind(), request.error().text()));
  }
}

void Control::close(std::string_view final_state) {
  for (auto& connection : connections_) {
    if (connection->awaited() == Verb::kWait) connection->answer_text(format_success(final_state));
    if (connection->awaited() == Verb::kStop) connection->answer_text(format_success());
  }
  connections_.clear();
  watch_.stop();
  socket_.reset();
  (void)os::remove_file(path_);
}

}  // namespace tare::supervise
