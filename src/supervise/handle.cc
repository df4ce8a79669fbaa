// What a supervisor does on request.
#include <signal.h>
#include <sys/signalfd.h>

#include "os/file.h"
#include "os/process.h"
#include "os/pty.h"
#include "os/transfer.h"
#include "supervise/supervisor.h"

namespace tare::supervise {
namespace {

constexpr int kShutdownSeconds = 10;

bool is_signal(int number) { return number > 0 && number <= SIGRTMAX; }

}  // namespace

void Supervisor::handle(const Request& request, Connection& connection) {
  switch (request.verb) {
    case Verb::kWait:
      return connection.await_exit(Verb::kWait);
    case Verb::kStop: {
      if (!is_signal(request.first)) {
        return connection.answer(Failure(ErrorKind::kInvalidArgument, "{} is no signal", request.first));
      }
      connection.await_exit(Verb::kStop);
      return stop(request.first, request.second);
    }
    case Verb::kAttach:
      return handle_attach(request, connection);
    case Verb::kUpdate:
      return connection.answer(update());
    case Verb::kRestartPolicy:
      return connection.answer(set_restart_policy(request));
    default:
      return connection.answer(apply(request));
  }
}

void Supervisor::handle_attach(const Request& request, Connection& connection) {
  auto socket = connection.take_descriptor();
  if (!socket.valid()) return connection.answer(Failure(ErrorKind::kInvalidArgument, "attach without a socket"));
  // Before the first byte of output: the client reads the answer from another socket.
  connection.answer({});
  clients_->add(std::move(socket), request.first != 0 && config_.open_stdin);
}

Result<void> Supervisor::apply(const Request& request) {
  if (!launched_) return Failure(ErrorKind::kConflict, "the container is not running");
  switch (request.verb) {
    case Verb::kKill:
      return kill(request.first);
    case Verb::kPause:
      return pause();
    case Verb::kResume:
      return resume();
    default:
      break;
  }
  if (!launched_->container.console.valid()) return Failure(ErrorKind::kConflict, "the container has no terminal");
  return os::set_window_size(launched_->container.console, static_cast<unsigned short>(request.first),
                             static_cast<unsigned short>(request.second));
}

Result<void> Supervisor::update() {
  const auto path = config_.data_directory + "/resources.json";
  const auto json = TRY(os::read_file(path));
  const auto limits = TRY(oci::Resources::parse(json).context(path));
  return launched_ ? set_limits(*launched_, limits) : Result<void>();
}

Result<void> Supervisor::set_restart_policy(const Request& request) {
  if (request.first < 0 || request.first > static_cast<int>(Restart::kUnlessStopped) || request.second < 0) {
    return Failure(ErrorKind::kInvalidArgument, "there is no such restart policy");
  }
  config_.restart = {static_cast<Restart>(request.first), request.second};
  return {};
}

Result<void> Supervisor::kill(int signal) {
  if (!launched_) return {};
  if (!is_signal(signal)) return Failure(ErrorKind::kInvalidArgument, "{} is no signal", signal);
  if (signal == SIGKILL || signal == SIGTERM) stopped_by_user_ = true;
  TRY(supervise::signal(*launched_, signal));
  // A frozen process does not die, not even of SIGKILL on cgroup v1.
  if (signal == SIGKILL && state_.status == Status::kPaused) return resume();
  return {};
}

Result<void> Supervisor::pause() {
  if (state_.status == Status::kPaused) return Failure(ErrorKind::kConflict, "the container is already paused");
  if (launched_->container.cgroup.empty()) {
    return Failure(ErrorKind::kUnsupported, "pause needs a cgroup, and this container has none");
  }
  TRY(freeze(*launched_));
  set_state(Status::kPaused);
  return {};
}

Result<void> Supervisor::resume() {
  if (state_.status != Status::kPaused) return Failure(ErrorKind::kConflict, "the container is not paused");
  TRY(thaw(*launched_));
  set_state(Status::kRunning);
  return {};
}

void Supervisor::stop(int signal, int seconds) {
  stopped_by_user_ = true;
  if (!launched_) return finish();  // between two runs
  (void)supervise::signal(*launched_, signal);
  if (state_.status == Status::kPaused) (void)resume();
  if (seconds == 0) {
    (void)kill(SIGKILL);
  } else if (seconds > 0) {
    kill_timer_.start(std::chrono::seconds(seconds));
  }
}

void Supervisor::terminate() {
  signalfd_siginfo told{};
  (void)os::read_some(signals_, {reinterpret_cast<char*>(&told), sizeof told});
  if (state_.status != Status::kExited) stop(SIGTERM, kShutdownSeconds);
}

}  // namespace tare::supervise
