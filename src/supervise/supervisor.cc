#include "supervise/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/process.h"
#include "os/pty.h"
#include "supervise/disk.h"
#include "supervise/give_back.h"
#include "supervise/remains.h"
#include "supervise/restart.h"

namespace tare::supervise {
namespace {

sigset_t shutdown_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// They are blocked for the signalfd, but not while the runtime makes processes, which would inherit it.
void block_shutdown_signals(bool block) {
  const auto set = shutdown_signals();
  ::sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}

// Docker's codes: 127 and 126 when the command could not be executed, 128 for all else.
int start_failure_code(ErrorKind kind) {
  if (kind == ErrorKind::kNoExecutable) return 127;
  return kind == ErrorKind::kNotExecutable ? 126 : 128;
}

}  // namespace

Supervisor::Supervisor(Config config, Inherited inherited, os::FileLock lock, EventLoop& loop)
    : config_(std::move(config)),
      inherited_(std::move(inherited)),
      lock_(std::move(lock)),
      loop_(loop),
      health_(loop_, config_, [this] { on_health(); }),
      restart_timer_(loop_, [this] { restart(); }),
      kill_timer_(loop_, [this] { (void)kill(SIGKILL); }) {
  state_.supervisor_pid = ::getpid();
}

Result<void> Supervisor::open() {
  TRY(remove_remains(config_.data_directory));
  if (config_.log.keep) {
    log_access_.directory = config_.data_directory + "/log";
    log_ = TRY(logs::Writer::open(log_access_.directory, {config_.log.maximum_file_size, config_.log.maximum_files}));
    log_access_.writer = &*log_;
  }
  clients_ = std::make_unique<AttachedClients>(
      loop_, AttachedClients::Options{.log = log_access_,
                                      .close_input_with_client = config_.stdin_once && !config_.terminal,
                                      .on_change = [this] { output_->update(); }});
  output_ = std::make_unique<Output>(loop_, log_access_.writer, *clients_);
  control_ = TRY(Control::listen(loop_, config_.run_directory + "/control",
                                 [this](const Request& request, Connection& from) { handle(request, from); }));
  const auto set = shutdown_signals();
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  signals_watch_.emplace(loop_, signals_, [this](uint32_t) { terminate(); });
  signals_watch_->want(EPOLLIN);
  return {};
}

bool Supervisor::start() {
  auto started = open();
  if (started && inherited_.attached) clients_->add(std::move(*inherited_.attached), config_.open_stdin);
  if (started) started = start_run();
  if (!started) {
    fail_start(started.error());
    return false;
  }
  (void)os::send_message(inherited_.asker, format_success(std::to_string(state_.pid))).ok();
  inherited_.asker.reset();
  return true;
}

void Supervisor::fail_start(const Error& error) {
  // One that has run before stays "exited", one that has not stays "created".
  const auto before = read_state(config_.data_directory, config_.run_directory);
  if (before && !before->started_at.empty()) {
    state_.status = Status::kExited;
    state_.started_at = before->started_at;
    state_.finished_at = before->finished_at;
  }
  state_.exit_code = start_failure_code(error.kind());
  state_.error = error.text();
  state_.supervisor_pid = 0;
  (void)write_state(config_.data_directory, state_);
  (void)os::send_message(inherited_.asker, format_failure(error)).ok();
}

Result<void> Supervisor::start_run() {
  block_shutdown_signals(false);
  Namespaces namespaces;
  if (inherited_.network_namespace) namespaces.network = *inherited_.network_namespace;
  if (inherited_.user_namespace) namespaces.user = *inherited_.user_namespace;
  auto launched = launch(config_, namespaces);
  block_shutdown_signals(true);
  if (!launched) return std::move(launched).error();
  launched_ = std::move(launched).value();
  run_started_ = Clock::now();
  exit_watch_.emplace(loop_, launched_->container.pidfd, [this](uint32_t) { on_exit(); });
  exit_watch_->want(EPOLLIN);
  output_->open(logs::Stream::kStdout, std::move(launched_->output));
  if (launched_->error.valid()) output_->open(logs::Stream::kStderr, std::move(launched_->error));
  if (launched_->input.valid()) clients_->input().open(std::move(launched_->input));
  health_.start(*launched_);
  state_.pid = launched_->container.pid;
  state_.started_at = format_rfc3339_nano(now());
  state_.health = health_.health() != nullptr ? health_.health()->status() : "";
  state_.exit_code = state_.exit_signal = 0;
  state_.oom_killed = false;
  state_.oom_kills = 0;
  state_.oom.clear();
  state_.error.clear();
  set_state(Status::kRunning);
  return {};
}

void Supervisor::run() {
  loop_.on_rest(give_back_memory);
  loop_.run_until([this] { return state_.status == Status::kExited && clients_->empty(); });
}

void Supervisor::on_exit() {
  exit_watch_.reset();
  kill_timer_.stop();
  health_.stop();
  clients_->input().drop();
  const Ended ended = reap(*launched_, stopped_by_user_);
  // Kills what --pid=host let live on, so that nobody is left who writes into the pipes.
  const auto removed = remove(*launched_);
  unmount_disk(config_);
  output_->drain();
  launched_.reset();
  record_exit(ended);
  if (!removed) state_.error = removed.error().text();
  const Exit exit{.code = ended.exit_code,
                  .stopped_by_user = stopped_by_user_,
                  .restart_count = state_.restart_count,
                  .ran_for = Clock::now() - run_started_,
                  .previous_delay = restart_delay_};
  const auto delay = plan_restart(config_.restart, exit);
  delay ? wait_and_restart(*delay) : finish();
}

void Supervisor::record_exit(const Ended& ended) {
  state_.pid = 0;
  state_.exit_code = ended.exit_code;
  state_.exit_signal = ended.signal;
  state_.oom_killed = ended.oom_killed;
  state_.oom_kills = ended.oom_kills;
  state_.oom = ended.oom;
  if (ended.oom_killed) state_.error = ended.oom;
  state_.finished_at = format_rfc3339_nano(now());
  if (!state_.health.empty()) state_.health = "unhealthy";
}

void Supervisor::wait_and_restart(nanoseconds delay) {
  restart_delay_ = delay;
  set_state(Status::kRestarting);
  clients_->finish(state_.to_json());
  restart_timer_.start(delay);
}

void Supervisor::restart() {
  ++state_.restart_count;
  const auto started = start_run();
  if (started) return;
  state_.exit_code = start_failure_code(started.error().kind());
  state_.error = started.error().text();
  const Exit exit{.code = state_.exit_code, .restart_count = state_.restart_count, .previous_delay = restart_delay_};
  const auto delay = plan_restart(config_.restart, exit);
  delay ? wait_and_restart(*delay) : finish();
}

// The exit is on record before anybody is told of it.
void Supervisor::finish() {
  restart_timer_.stop();
  state_.supervisor_pid = 0;
  set_state(Status::kExited);
  const auto json = state_.to_json();
  control_->close(json);
  clients_->finish(json);
}

void Supervisor::on_health() {
  if (state_.health == health_.health()->status()) return;
  state_.health = health_.health()->status();
  set_state(state_.status);
}

void Supervisor::set_state(Status status) {
  state_.status = status;
  // Nothing is left to do about a failure: who reads the old state later sees that this process is gone.
  (void)write_state(config_.data_directory, state_);
}

Result<void> write_state(const std::string& data_directory, const State& state) {
  const std::string path = data_directory + "/state.json";
  const auto json = state.to_json() + "\n";
  auto written = os::write_file_atomic(path, json);
  if (written) return {};
  // The block that the old state has is still ours on a full disk. Blanks are no part of JSON: pad over the old text.
  const auto file = os::open(path, O_WRONLY);
  if (!file) return written;
  std::string padded = json;
  padded.resize(std::max<size_t>(json.size(), 1024), ' ');
  return os::write_all(*file, padded, path);
}

}  // namespace tare::supervise
