#include "codec/json.h"
#include "supervise/state.h"

namespace tare::supervise {
namespace {

Result<Status> parse_status(const codec::JsonReader& root) {
  const auto word = TRY(root.string("status"));
  for (const Status status :
       {Status::kCreated, Status::kRunning, Status::kPaused, Status::kRestarting, Status::kExited}) {
    if (to_string(status) == word) return status;
  }
  return root.error(formatted("unknown status \"{}\"", word));
}

}  // namespace

Result<State> State::parse(std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  const codec::JsonReader root(document);
  State state;
  state.status = TRY(parse_status(root));
  state.pid = static_cast<pid_t>(TRY(root.integer_or("pid", 0)));
  state.supervisor_pid = static_cast<pid_t>(TRY(root.integer_or("supervisor_pid", 0)));
  state.started_at = TRY(root.string_or("started_at", ""));
  state.finished_at = TRY(root.string_or("finished_at", ""));
  state.exit_code = static_cast<int>(TRY(root.integer_or("exit_code", 0)));
  state.exit_signal = static_cast<int>(TRY(root.integer_or("exit_signal", 0)));
  state.oom_killed = TRY(root.boolean_or("oom_killed", false));
  state.oom_kills = TRY(root.unsigned_or("oom_kills", 0));
  state.oom = TRY(root.string_or("oom", ""));
  state.error = TRY(root.string_or("error", ""));
  state.restart_count = static_cast<int>(TRY(root.integer_or("restart_count", 0)));
  state.health = TRY(root.string_or("health", ""));
  return state;
}

// Without what has its default, which is most: `ps` reads the states of all containers.
std::string State::to_json() const {
  codec::Json json = {{"status", std::string(to_string(status))}};
  const auto add = [&json]<typename Value>(const char* key, const Value& value) {
    if (value != Value()) json[key] = value;
  };
  add("pid", pid);
  add("supervisor_pid", supervisor_pid);
  add("started_at", started_at);
  add("finished_at", finished_at);
  add("exit_code", exit_code);
  add("exit_signal", exit_signal);
  add("oom_killed", oom_killed);
  add("oom_kills", oom_kills);
  add("oom", oom);
  add("error", error);
  add("restart_count", restart_count);
  add("health", health);
  return codec::dump_json(json);
}

}  // namespace tare::supervise
