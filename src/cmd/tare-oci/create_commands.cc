// create, run, start.
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/scope_guard.h"
#include "commands.h"
#include "foreground.h"
#include "launch.h"
#include "os/file.h"
#include "os/guarded_program.h"

namespace tare::cmd {
namespace {

void run_poststart(const ContainerRecord& record, const oci::RuntimeSpec& spec) {
  const auto hooks = runtime::run_hooks(runtime::HookPoint::kPoststart, spec, record.id, record.bundle, record.pid);
  if (!hooks.ok()) log_warning(hooks.error().text());
}

void discard_quietly(const std::string& id, const Records& records) {
  const auto record = records.load(id);
  const auto discarded = record.ok() ? discard(*record, records) : records.remove(id);
  if (!discarded.ok()) log_warning(discarded.error().text());
}

}  // namespace

Result<int> create_command(const Invocation& invocation) {
  TRY(os::guard_own_program());
  const auto flags = TRY(Flags::parse(invocation.words, launch_flags()));
  const Launch launch = TRY(parse_launch(flags));
  const auto spec = TRY(read_bundle(launch.bundle));
  const auto container = TRY(tare::cmd::launch(launch, spec, invocation.records, StartBy::kSocket));
  return 0;
}

Result<int> run_command(const Invocation& invocation) {
  TRY(os::guard_own_program());
  const auto flags = TRY(Flags::parse(invocation.words, launch_flags()));
  const Launch launch = TRY(parse_launch(flags));
  const auto spec = TRY(read_bundle(launch.bundle));
  const bool detached = flags.has("detach");
  if (detached && spec.process && spec.process->terminal && launch.console_socket.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "a terminal with --detach needs --console-socket");
  }
  auto container = TRY(tare::cmd::launch(launch, spec, invocation.records, StartBy::kCaller));
  auto started = runtime::start(container);
  if (!started.ok()) {
    ::waitpid(container.pid, nullptr, 0);
    discard_quietly(launch.id, invocation.records);
    return std::move(started).error();
  }
  const auto record = TRY(invocation.records.load(launch.id));
  run_poststart(record, spec);
  if (detached) return 0;
  const bool own_console = launch.console_socket.empty();
  auto code =
      stay_in_foreground(container.pid, container.pidfd, own_console ? BorrowedFd(container.console) : BorrowedFd(-1));
  if (!flags.has("keep")) discard_quietly(launch.id, invocation.records);
  return code;
}

Result<int> start_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"help", "h", false}}));
  if (flags.rest().size() != 1) return Failure(ErrorKind::kInvalidArgument, "exactly one container id is needed");
  const auto record = TRY(invocation.records.load(flags.rest().front()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  switch (invocation.records.status(record)) {
    case Status::kCreated:
      break;
    case Status::kStopped:
      return Failure(ErrorKind::kConflict, "cannot start a container that has stopped");
    default:
      return Failure(ErrorKind::kConflict, "cannot start an already running container");
  }
  const std::string socket = invocation.records.start_socket(record.id);
  TRY(runtime::start_by_socket(socket));
  TRY(os::remove_file(socket));
  run_poststart(record, spec);
  return 0;
}

}  // namespace tare::cmd
