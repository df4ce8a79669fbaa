// kill, delete, pause, resume.
#include <signal.h>

#include "commands.h"
#include "flags.h"
#include "launch.h"
#include "os/file.h"
#include "os/process.h"
#include "signal_names.h"

namespace tare::cmd {
namespace {

constexpr int kKillTimeout = 10'000;  // milliseconds

// By pidfd and start time: a recycled pid is never hit.
Result<void> signal_first_process(const ContainerRecord& record, int signal) {
  const UniqueFd pidfd = TRY(os::open_pidfd(record.pid));
  if (process_start_time(record.pid) != record.pid_started) {
    return Failure(ErrorKind::kNotFound, "container not running");
  }
  return os::signal_pidfd(pidfd, signal);
}

Result<void> kill_and_wait(const ContainerRecord& record) {
  const auto pidfd = os::open_pidfd(record.pid);
  const bool alive = pidfd.ok() && process_start_time(record.pid) == record.pid_started;
  const auto cgroup = TRY(cgroup_of(record));
  if (!cgroup.empty() && cgroup.is_frozen()) TRY(cgroup.thaw());
  if (!alive) return {};
  TRY(os::signal_pidfd(*pidfd, SIGKILL));
  if (TRY(os::wait_ended(*pidfd, kKillTimeout))) return {};
  return Failure(ErrorKind::kTimeout, "process {} does not end after SIGKILL", record.pid);
}

Result<ContainerRecord> load_one(const Invocation& invocation, const Flags& flags) {
  if (flags.rest().empty()) return Failure(ErrorKind::kInvalidArgument, "a container id is needed");
  return invocation.records.load(flags.rest().front());
}

}  // namespace

Result<int> kill_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"all", "a", false}, {"help", "h", false}}));
  const auto record = TRY(load_one(invocation, flags));
  const std::string name = flags.rest().size() > 1 ? flags.rest()[1] : "SIGTERM";
  const auto signal = parse_signal(name);
  if (!signal) return Failure(ErrorKind::kInvalidArgument, "unknown signal {}", name);
  const bool stopped = invocation.records.status(record) == Status::kStopped;
  if (flags.has("all")) {
    const auto cgroup = TRY(cgroup_of(record));
    if (!cgroup.empty()) TRY(cgroup.signal_all(*signal));
    return 0;
  }
  if (stopped) return Failure(ErrorKind::kConflict, "container not running");
  TRY(signal_first_process(record, *signal));
  return 0;
}

Result<int> delete_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"force", "f", false}, {"help", "h", false}}));
  const bool force = flags.has("force");
  auto record = load_one(invocation, flags);
  if (!record.ok()) {
    // Half of a creation that was killed leaves a directory without a state.
    if (force && record.error().kind() == ErrorKind::kNotFound) {
      TRY(invocation.records.remove(flags.rest().front()));
      return 0;
    }
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

Result<int> pause_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"help", "h", false}}));
  const auto record = TRY(load_one(invocation, flags));
  const Status status = invocation.records.status(record);
  if (status == Status::kStopped || status == Status::kPaused) {
    return Failure(ErrorKind::kConflict, "container not running or created: {}", to_string(status));
  }
  const auto cgroup = TRY(cgroup_of(record));
  TRY(cgroup.freeze());
  return 0;
}

Result<int> resume_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"help", "h", false}}));
  const auto record = TRY(load_one(invocation, flags));
  const auto cgroup = TRY(cgroup_of(record));
  if (cgroup.empty() || !cgroup.is_frozen()) return Failure(ErrorKind::kConflict, "container not paused");
  TRY(cgroup.thaw());
  return 0;
}

}  // namespace tare::cmd
