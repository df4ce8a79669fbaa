// Asio waits, workers work. Everything about the set of sessions happens in the one waiting thread, so it has no lock:
//
//   accept ─▶ watch (idle, no worker) ──readable──▶ a worker: Connection::serve ──▶ watch again, or drop
#include "http/server/server.h"

#include <fcntl.h>
#include <signal.h>

#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "http/server/connection.h"
#include "http/server/listen_address.h"

namespace tare::http {
namespace {

namespace net = boost::asio;
using net::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{100};

// The program's signals belong to its main thread, and sendfile's SIGPIPE must not end the process.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

struct Session {
  Session(tcp::socket accepted, net::io_context& io) : socket(std::move(accepted)), idle_timer(io) {}
  tcp::socket socket;
  net::steady_timer idle_timer;
  std::unique_ptr<Connection> connection;
  bool busy = false;  // a worker has it
};

using SessionPointer = std::shared_ptr<Session>;

}  // namespace

struct Server::State {
  State(ServerOptions options, Handler handler, Listener bound)
      : service{std::move(handler), std::move(options), false},
        host(bound.host),
        port(bound.port),
        acceptor(io, bound.ipv6 ? tcp::v6() : tcp::v4(), bound.socket.release()),
        accept_pause(io),
        workers(static_cast<size_t>(service.options.workers)) {}
  ~State() { stop(); }

  void start();
  void stop();
  void accept();
  void admit(tcp::socket socket);
  void watch(const SessionPointer& session);
  void serve(const SessionPointer& session);
  void drop(const SessionPointer& session);
  void wind_down();

  Service service;
  std::string host;
  uint16_t port;
  net::io_context io{1};
  tcp::acceptor acceptor;
  net::steady_timer accept_pause;
  std::set<SessionPointer> sessions;
  std::promise<void> drained;
  net::thread_pool workers;
  std::thread waiter;
  std::once_flag stopped;
};

void Server::State::start() {
  accept();
  waiter = std::thread([this] {
    const auto work = net::make_work_guard(io);
    io.run();
  });
}

void Server::State::accept() {
  acceptor.async_accept([this](const boost::system::error_code& failure, tcp::socket socket) {
    if (!acceptor.is_open()) return;
    if (!failure) {
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely: connections that end will free some.
    accept_pause.expires_after(kAcceptPause);
    accept_pause.async_wait([this](const boost::system::error_code&) {
      if (acceptor.is_open()) accept();
    });
  });
}

void Server::State::admit(tcp::socket socket) {
  boost::system::error_code failure;
  const tcp::endpoint peer = socket.remote_endpoint(failure);
  if (!failure) socket.native_non_blocking(true, failure);
  if (!failure) socket.set_option(tcp::no_delay(true), failure);
  if (failure) return;  // gone already
  const BorrowedFd fd(socket.native_handle());
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);  // Asio 1.74 accepts without it
  auto transport = service.options.tls ? service.options.tls->accept(fd, service.options.patience)
                                       : plain_transport(fd, service.options.patience);
  if (!transport.ok()) return;
  auto session = std::make_shared<Session>(std::move(socket), io);
  session->connection = std::make_unique<Connection>(std::move(transport).value(), peer.address().to_string(), service);
  sessions.insert(session);
  watch(session);
}

void Server::State::watch(const SessionPointer& session) {
  session->busy = false;
  session->idle_timer.expires_after(service.options.idle_limit);
  session->idle_timer.async_wait([session](const boost::system::error_code& cancelled) {
    if (!cancelled && !session->busy) session->socket.cancel();
  });
  session->socket.async_wait(tcp::socket::wait_read, [this, session](const boost::system::error_code& failure) {
    session->idle_timer.cancel();
    if (failure || service.stopping) return drop(session);
    serve(session);
  });
}

void Server::State::serve(const SessionPointer& session) {
  session->busy = true;
  net::post(workers, [this, session] {
    const auto next = session->connection->serve();
    net::post(io, [this, session, next] {
      if (next == Connection::Next::kClose || service.stopping) return drop(session);
      watch(session);
    });
  });
}

void Server::State::drop(const SessionPointer& session) {
  boost::system::error_code ignored;
  session->socket.close(ignored);
  sessions.erase(session);
  if (service.stopping && sessions.empty()) drained.set_value();
}

// In the waiting thread.
void Server::State::wind_down() {
  boost::system::error_code ignored;
  acceptor.close(ignored);
  accept_pause.cancel();
  for (const auto& session : sessions) {
    if (!session->busy) session->socket.cancel(ignored);
  }
  if (sessions.empty()) drained.set_value();
}

void Server::State::stop() {
  std::call_once(stopped, [this] {
    if (!waiter.joinable()) return;
    auto all_gone = drained.get_future();
    net::post(io, [this] {
      service.stopping = true;
      wind_down();
    });
    if (all_gone.wait_for(service.options.stop_patience) == std::future_status::timeout) {
      net::post(io, [this] {
        for (const auto& session : sessions) session->connection->abort();
      });
      all_gone.wait();
    }
    io.stop();
    waiter.join();
    workers.join();
  });
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::listen(ServerOptions options, Handler handler) {
  const auto address = TRY(ListenAddress::parse(options.address));
  auto bound = TRY(Listener::open(address));
  const SignalsBlocked signals;
  try {
    auto state = std::make_shared<State>(std::move(options), std::move(handler), std::move(bound));
    state->start();
    return Server(std::move(state));
  } catch (const std::exception& failure) {
    return Failure(ErrorKind::kInternal, "start server: {}", failure.what());
  }
}

uint16_t Server::port() const { return state_->port; }

std::string Server::url() const {
  return formatted("{}://{}:{}", state_->service.options.tls ? "https" : "http", state_->host, state_->port);
}

void Server::stop() { state_->stop(); }

}  // namespace tare::http
