#include "supervise/client.h"

#include <poll.h>
#include <sys/socket.h>

#include "os/error.h"
#include "os/fd_passing.h"
#include "supervise/protocol.h"

namespace tare::supervise {
namespace {

Result<UniqueFd> connect_to(const std::string& socket_path) {
  auto socket = os::connect_unix(socket_path, SOCK_SEQPACKET);
  if (socket) return socket;
  // No socket, or one that a killed supervisor left behind.
  if (socket.error().kind() != ErrorKind::kNotFound && socket.error().kind() != ErrorKind::kUnavailable) return socket;
  return Failure(ErrorKind::kConflict, "the container is not running");
}

Result<std::string> ask(const std::string& socket_path, const Request& request,
                        std::optional<BorrowedFd> descriptor = {}) {
  const auto socket = TRY(connect_to(socket_path));
  TRY(os::send_message(socket, format_request(request), descriptor));
  const auto answer = TRY(os::receive_message(socket));
  return parse_answer(answer.bytes);
}

Result<void> ask_nothing_back(const std::string& socket_path, const Request& request) {
  TRY(ask(socket_path, request));
  return {};
}

}  // namespace

Result<Client> Client::connect(const std::string& run_directory) {
  const std::string path = run_directory + "/control";
  TRY(connect_to(path));
  return Client(path);
}

Result<void> Client::kill(int signal) { return ask_nothing_back(socket_path_, {Verb::kKill, signal}); }
Result<void> Client::pause() { return ask_nothing_back(socket_path_, {Verb::kPause}); }
Result<void> Client::resume() { return ask_nothing_back(socket_path_, {Verb::kResume}); }

Result<void> Client::update() { return ask_nothing_back(socket_path_, {Verb::kUpdate}); }

Result<void> Client::set_restart_policy(const RestartPolicy& policy) {
  return ask_nothing_back(socket_path_, {Verb::kRestartPolicy, static_cast<int>(policy.when), policy.maximum_retries});
}

Result<void> Client::stop(int signal, int timeout_seconds) {
  return ask_nothing_back(socket_path_, {Verb::kStop, signal, timeout_seconds});
}

Result<void> Client::resize(int rows, int columns) {
  return ask_nothing_back(socket_path_, {Verb::kResize, rows, columns});
}

Result<State> Client::wait() {
  const auto json = TRY(ask(socket_path_, {Verb::kWait}));
  return State::parse(json);
}

Result<UniqueFd> Client::watch_exit() {
  auto socket = TRY(connect_to(socket_path_));
  TRY(os::send_message(socket, format_request({Verb::kWait})));
  return socket;
}

Result<Attachment> Client::attach(bool with_stdin) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return os::last_error("make", "socket pair");
  Attachment attachment{UniqueFd(ends[0])};
  const UniqueFd theirs(ends[1]);
  TRY(ask(socket_path_, {Verb::kAttach, with_stdin ? 1 : 0}, theirs));
  return attachment;
}

}  // namespace tare::supervise
