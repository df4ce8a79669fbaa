// kill, delete, pause, resume.
#include <signal.h>

#include <algorithm>

#include "commands.h"
#include "launch.h"
#include "os/file.h"
#include "os/process.h"
#include "signal_names.h"

namespace tare::cmd {
namespace {

constexpr int kKillTimeout = 10'000;  // milliseconds

bool has_own_pid_namespace(const oci::RuntimeSpec& spec) {
  const auto& spaces = spec.linux_section.namespaces;
  return std::any_of(spaces.begin(), spaces.end(),
                     [](const auto& space) { return space.type == oci::NamespaceType::kPid && space.path.empty(); });
}

// By pidfd and start time: a recycled pid is never hit.
Result<void> signal_first_process(const ContainerRecord& record, int signal) {
  const auto pidfd = os::open_pidfd(record.pid);
  if (!pidfd.ok() || !is_alive(record)) {
    return Failure(ErrorKind::kConflict, "container not running");
  }
  return os::signal_pidfd(*pidfd, signal);
}

// Without a pid namespace of its own nothing ends the others with the first process, so all of its cgroup is killed:
// also when the first process is gone already.
Result<void> kill_all(const ContainerRecord& record, const os::Cgroup& cgroup) {
  if (cgroup.empty() || TRY(cgroup.processes()).empty()) return signal_first_process(record, SIGKILL);
  return cgroup.signal_all(SIGKILL);
}

Result<void> send_signal(const ContainerRecord& record, const oci::RuntimeSpec& spec, int signal) {
  if (signal != SIGKILL) return signal_first_process(record, signal);
  const auto cgroup = TRY(cgroup_of(record));
  auto sent = has_own_pid_namespace(spec) ? signal_first_process(record, SIGKILL) : kill_all(record, cgroup);
  // A frozen process of v1 dies only when it is thawed.
  if (!cgroup.empty() && cgroup.is_frozen()) TRY(cgroup.thaw());
  return sent;
}

Result<void> kill_and_wait(const ContainerRecord& record) {
  const auto pidfd = os::open_pidfd(record.pid);
  const bool alive = pidfd.ok() && is_alive(record);
  const auto cgroup = TRY(cgroup_of(record));
  if (alive) TRY(os::signal_pidfd(*pidfd, SIGKILL));
  if (!cgroup.empty() && cgroup.is_frozen()) TRY(cgroup.thaw());
  if (!alive || TRY(os::wait_ended(*pidfd, kKillTimeout))) return {};
  return Failure(ErrorKind::kTimeout, "container init still running: process {} does not end after SIGKILL",
                 record.pid);
}

Result<int> kill(const Invocation& invocation) {
  const auto& words = invocation.flags.rest();
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  const std::string name = words.size() > 1 && !words[1].empty() ? words[1] : "SIGTERM";
  const auto signal = parse_signal(name);
  if (!signal) return Failure(ErrorKind::kInvalidArgument, "unknown signal \"{}\"", name);
  auto sent = send_signal(record, spec, *signal);
  // What --all once did happens without it; what is left of it is that a container which has ended is fine.
  if (!sent.ok() && sent.error().kind() == ErrorKind::kConflict && invocation.flags.has("all")) return 0;
  TRY(std::move(sent));
  return 0;
}

Result<int> delete_container(const Invocation& invocation) {
  const bool force = invocation.flags.has("force");
  auto record = invocation.records.load(invocation.container());
  if (!record.ok()) {
    // Half of a creation that was killed leaves a directory without a state.
    if (record.error().kind() == ErrorKind::kNotFound) TRY(invocation.records.remove(invocation.container()));
    if (force && record.error().kind() == ErrorKind::kNotFound) return 0;
    return std::move(record).error();
  }
  const Status status = invocation.records.status(*record);
  // Like runc, and unlike the letter of the specification: engines delete what they could not start.
  if (status != Status::kStopped && status != Status::kCreated && !force) {
    return Failure(ErrorKind::kConflict, "cannot delete container {} that is not stopped: {}", record->id,
                   to_string(status));
  }
  TRY(kill_and_wait(*record));
  TRY(discard(*record, invocation.records));
  return 0;
}

Result<int> pause(const Invocation& invocation) {
  const auto record = TRY(invocation.records.load(invocation.container()));
  const Status status = invocation.records.status(record);
  if (status == Status::kStopped || status == Status::kPaused) {
    return Failure(ErrorKind::kConflict, "container not running or created: {}", to_string(status));
  }
  const auto cgroup = TRY(cgroup_of(record));
  TRY(cgroup.freeze());
  return 0;
}

Result<int> resume(const Invocation& invocation) {
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto cgroup = TRY(cgroup_of(record));
  if (cgroup.empty() || !cgroup.is_frozen()) return Failure(ErrorKind::kConflict, "container not paused");
  TRY(cgroup.thaw());
  return 0;
}

}  // namespace

Command kill_command() {
  return {.name = "kill",
          .summary = "send a signal (default: SIGTERM) to the container's first process",
          .arguments = "<container-id> [signal]",
          .at_most = 2,
          .flags = {{"all", "a", FlagValue::kNone, ""}},
          .run = kill};
}

Command delete_command() {
  return {.name = "delete",
          .summary = "remove what a stopped container has left",
          .arguments = "<container-id>",
          .flags = {{"force", "f", FlagValue::kNone, "kill it when it still runs; one that does not exist is fine"}},
          .run = delete_container};
}

Command pause_command() {
  return {.name = "pause", .summary = "stop all processes of a container", .arguments = "<container-id>", .run = pause};
}

Command resume_command() {
  return {.name = "resume",
          .summary = "let the processes of a paused container go on",
          .arguments = "<container-id>",
          .run = resume};
}

}  // namespace tare::cmd
