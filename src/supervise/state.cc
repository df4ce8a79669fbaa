#include "supervise/state.h"

#include <csignal>

#include "os/file.h"

namespace tare::supervise {
namespace {

Result<State> read_recorded(const std::string& data_directory) {
  const auto json = os::read_file(data_directory + "/state.json");
  if (!json.ok() && json.error().kind() == ErrorKind::kNotFound) return State{};
  if (!json.ok()) return Error(json.error().kind(), json.error().text());
  return State::parse(*json).context(formatted("read {}/state.json", data_directory));
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kCreated:
      return "created";
    case Status::kRunning:
      return "running";
    case Status::kPaused:
      return "paused";
    case Status::kRestarting:
      return "restarting";
    case Status::kExited:
      return "exited";
  }
  return "created";
}

bool is_running(Status status) {
  return status == Status::kRunning || status == Status::kPaused || status == Status::kRestarting;
}

bool is_supervised(const std::string& run_directory) { return os::FileLock::is_held(run_directory + "/lock"); }

Result<State> read_state(const std::string& data_directory, const std::string& run_directory) {
  auto state = TRY(read_recorded(data_directory));
  if (!is_running(state.status) || is_supervised(run_directory)) return state;
  // It may have recorded the exit between our two looks.
  state = TRY(read_recorded(data_directory));
  if (!is_running(state.status)) return state;
  state.status = Status::kExited;
  state.pid = state.supervisor_pid = 0;
  state.exit_signal = SIGKILL;
  state.exit_code = 128 + SIGKILL;
  state.error = "the container's supervisor was killed, or the machine went down; the container died with it";
  state.health.clear();
  return state;
}

}  // namespace tare::supervise
