#include "supervise/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "os/error.h"
#include "os/file.h"
#include "os/transfer.h"

namespace tare::supervise {

namespace {

Result<runtime::ExecutedProcess> execute_in(const Launched& launched, const oci::RuntimeSpec& spec,
                                            oci::Process process, const runtime::StandardStreams& streams,
                                            const std::string& seccomp_cache) {
  if (launched.program) return launched.program->exec(process, streams);
  return runtime::exec({.spec = spec,
                        .container_pid = launched.container.pid,
                        .cgroup = launched.container.cgroup,
                        .process = std::move(process),
                        .streams = streams,
                        .die_with_caller = true,
                        .seccomp_cache = seccomp_cache});
}

}  // namespace

HealthMonitor::HealthMonitor(EventLoop& loop, const Config& config, std::function<void()> on_result)
    : loop_(loop),
      config_(config),
      on_result_(std::move(on_result)),
      interval_(loop, [this] { begin(); }),
      timeout_(loop, [this] { time_out(); }) {
  if (config.healthcheck) command_ = plan_probe(*config.healthcheck);
}

void HealthMonitor::start(const Launched& launched) {
  if (command_.empty()) return;
  launched_ = &launched;
  health_.emplace(*config_.healthcheck, now());
  interval_.start(probe_interval(*config_.healthcheck));
}

// The container is dead, and a probe in it too, unless it shares the host's process ids.
void HealthMonitor::stop() {
  if (probe_) {
    (void)os::signal_pidfd(probe_->child.pidfd, SIGKILL);
    (void)os::wait(probe_->child);
  }
  probe_.reset();
  interval_.stop();
  timeout_.stop();
  health_.reset();
}

void HealthMonitor::begin() {
  probe_ = std::make_unique<Probe>();
  probe_->started = now();
  const auto executed = execute();
  if (!executed) record({probe_->started, now(), -1, executed.error().text()});
}

Result<void> HealthMonitor::execute() {
  const auto json = TRY(os::read_file(config_.data_directory + "/config.json"));
  const auto spec = TRY(oci::RuntimeSpec::parse(json));
  auto process = spec.process.value_or(oci::Process());
  process.terminal = false;
  process.args = command_;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::last_error("make", "pipe");
  probe_->output.reset(ends[0]);
  const UniqueFd writer(ends[1]);
  const auto nothing = TRY(os::open("/dev/null", O_RDONLY));
  const runtime::StandardStreams streams{nothing, writer, writer};
  auto executed = TRY(execute_in(*launched_, spec, std::move(process), streams, config_.seccomp_cache));
  probe_->child = {executed.pid, std::move(executed.pidfd)};
  os::set_nonblocking(probe_->output);
  probe_->output_watch.emplace(loop_, probe_->output, [this](uint32_t) { read_output(); });
  probe_->output_watch->want(EPOLLIN);
  probe_->ended_watch.emplace(loop_, probe_->child.pidfd, [this](uint32_t) { end(); });
  probe_->ended_watch->want(EPOLLIN);
  timeout_.start(probe_timeout(*config_.healthcheck));
  return {};
}

// Keeps the beginning; reads the rest too, so that the probe is not blocked.
void HealthMonitor::read_output() {
  std::array<char, 2048> buffer;
  const auto result = os::read_some(probe_->output, buffer);
  const size_t room = kLongestProbeOutput - probe_->text.size();
  probe_->text.append(buffer.data(), std::min(result.bytes, room));
  if (result.outcome == os::Transfer::Outcome::kEnded) probe_->output_watch->stop();
}

void HealthMonitor::time_out() {
  probe_->timed_out = true;
  (void)os::signal_pidfd(probe_->child.pidfd, SIGKILL);
}

void HealthMonitor::end() {
  read_output();
  timeout_.stop();
  const auto status = os::wait(probe_->child).value_or({});
  ProbeResult result{probe_->started, now(), status.shell_code(), std::move(probe_->text)};
  if (probe_->timed_out) {
    const auto limit = std::chrono::duration<double>(probe_timeout(*config_.healthcheck)).count();
    result.exit_code = -1;
    result.output = formatted("Health check exceeded timeout ({}s)", limit);
  }
  record(std::move(result));
}

void HealthMonitor::record(ProbeResult result) {
  probe_.reset();
  health_->add(std::move(result));
  (void)os::write_file_atomic(config_.data_directory + "/health.json", health_->to_json());
  interval_.start(probe_interval(*config_.healthcheck));
  on_result_();
}

}  // namespace tare::supervise
