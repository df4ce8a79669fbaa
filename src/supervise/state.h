// The life of a container as the supervisor records it: DATA/containers/ID/state.json, replaced by rename at every
// change, so that the exit code, signal and OOM are known even if every other program is killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::supervise {

// created → running ⇄ paused → exited (→ restarting → running). `dead` is never written: it is what a reader concludes
// when the state says running and nobody holds the lock.
enum class Status { kCreated, kRunning, kPaused, kRestarting, kExited };

struct State {
  Status status = Status::kCreated;
  pid_t pid = 0;  // the container's first process, in the host's pid namespace; 0 when there is none
  pid_t supervisor_pid = 0;
  std::string started_at;  // RFC 3339 with nanoseconds; empty: never
  std::string finished_at;
  int exit_code = 0;  // 128 + signal when killed
  int exit_signal = 0;
  bool oom_killed = false;  // it ended because the kernel killed for lack of memory; a plain SIGKILL is never called so
  uint64_t oom_kills = 0;   // how many of its processes the kernel killed so in the last run, survived or not
  std::string oom;          // what is known of the last of them
  std::string error;        // why it could not start, or why it ended
  int restart_count = 0;
  std::string health;  // "", "starting", "healthy", "unhealthy"

  static Result<State> parse(std::string_view json);
  std::string to_json() const;
};

std::string_view to_string(Status status);  // Docker's words: "created", "running", …
bool is_running(Status status);             // or paused, or about to run again: there is a supervisor
// Whether the container's supervisor lives: it holds its lock.
bool is_supervised(const std::string& run_directory);

// What is true now: reads state.json and checks the lock; a running container without a supervisor (killed, or the
// machine crashed) is reported as exited with code 137 and an error that says so.
Result<State> read_state(const std::string& data_directory, const std::string& run_directory);

}  // namespace tare::supervise
