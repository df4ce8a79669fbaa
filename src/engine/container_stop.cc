// The verbs on a running container: all go through its supervisor, which knows how to do them without racing its exit.
#include "engine/core.h"

namespace tare::engine {
namespace {

constexpr int kDefaultStopTimeout = 10;  // seconds; Docker's

Result<supervise::Client> connect(const EngineCore& core, const Container& container, std::string_view verb) {
  if (!container.running()) {
    return Failure(ErrorKind::kConflict, "cannot {} container: {}: container {} is not running", verb, container.name,
                   container.record.id);
  }
  return supervise::Client::connect(core.run_directory(container.record.id));
}

}  // namespace

Result<void> Engine::stop_container(const Container& container, int signal, std::optional<int> timeout_seconds) {
  if (!container.running()) return {};  // as Docker: stopping what is stopped is fine
  auto client = TRY(connect(*core_, container, "stop"));
  const auto& record = container.record;
  if (signal == 0) signal = TRY(parse_signal(record.stop_signal.empty() ? "TERM" : record.stop_signal));
  const int timeout = timeout_seconds.value_or(record.options.stop_timeout.value_or(kDefaultStopTimeout));
  TRY(client.stop(signal, timeout).context("stop container " + container.name));
  return cleanup_container(record.id);
}

Result<void> Engine::kill_container(const Container& container, int signal) {
  auto client = TRY(connect(*core_, container, "kill"));
  return client.kill(signal).context("kill container " + container.name);
}

Result<void> Engine::pause_container(const Container& container) {
  if (container.state.status == supervise::Status::kPaused) {
    return Failure(ErrorKind::kConflict, "container {} is already paused", container.name);
  }
  auto client = TRY(connect(*core_, container, "pause"));
  return client.pause().context("pause container " + container.name);
}

Result<void> Engine::resume_container(const Container& container) {
  if (container.state.status != supervise::Status::kPaused) {
    return Failure(ErrorKind::kConflict, "container {} is not paused", container.name);
  }
  auto client = TRY(connect(*core_, container, "unpause"));
  return client.resume().context("unpause container " + container.name);
}

Result<supervise::State> Engine::wait_container(const Container& container) {
  if (!container.running()) return container.state;
  const auto client = supervise::Client::connect(core_->run_directory(container.record.id));
  if (client.ok()) {
    auto state = supervise::Client(*client).wait();
    if (state.ok()) return state;
  }
  // It ended between our look and the question, or its supervisor was killed: the record knows.
  const auto& id = container.record.id;
  return supervise::read_state(core_->data_directory(id), core_->run_directory(id));
}

}  // namespace tare::engine
