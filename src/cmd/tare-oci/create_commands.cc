// create, run, start.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "attend.h"
#include "base/log.h"
#include "commands.h"
#include "launch.h"
#include "os/file.h"
#include "os/guarded_program.h"
#include "os/pty.h"

namespace tare::cmd {
namespace {

// A failure ends the container, as in runc: the caller must not think that what the hook should have done is done.
Result<void> run_poststart(const ContainerRecord& record, const oci::RuntimeSpec& spec) {
  auto hooks = runtime::run_hooks(runtime::HookPoint::kPoststart, spec, record.id, record.bundle, record.pid);
  if (!hooks.ok()) ::kill(record.pid, SIGKILL);
  return hooks;
}

// The kernel takes only what is inheritable and permitted as ambient; old templates ask for more.
void warn_of_ambient(const oci::RuntimeSpec& spec) {
  if (!spec.process || !spec.process->capabilities) return;
  const auto& sets = *spec.process->capabilities;
  const auto has = [](const auto& names, const auto& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& name : sets.ambient) {
    if (has(sets.inheritable, name) && has(sets.permitted, name)) continue;
    log_warning(formatted("can't raise ambient capability {}: it is not inheritable and permitted", name));
  }
}

// The one property that is ignored, as the specification allows: the kernel has dropped the limit.
void warn_of_kernel_memory(const oci::RuntimeSpec& spec) {
  if (spec.linux_section.resources.memory.kernel.value_or(0) <= 0) return;
  log_warning("linux.resources.memory.kernel is ignored: the kernel has dropped the limit");
}

Result<int> create(const Invocation& invocation) {
  TRY(os::guard_own_program());
  Launch launch = TRY(parse_launch(invocation.flags, Attachment::kDetached));
  launch.systemd_cgroup = invocation.systemd_cgroup;
  const auto spec = TRY(read_bundle(launch.bundle));
  warn_of_ambient(spec);
  warn_of_kernel_memory(spec);
  const auto container = TRY(tare::cmd::launch(launch, spec, invocation.records, StartBy::kSocket));
  return 0;
}

Result<int> run(const Invocation& invocation) {
  TRY(os::guard_own_program());
  const bool detached = invocation.flags.has("detach");
  Launch launch = TRY(parse_launch(invocation.flags, detached ? Attachment::kDetached : Attachment::kForeground));
  launch.systemd_cgroup = invocation.systemd_cgroup;
  const auto spec = TRY(read_bundle(launch.bundle));
  warn_of_ambient(spec);
  warn_of_kernel_memory(spec);
  adopt_orphans(launch, invocation);
  auto container = TRY(tare::cmd::launch(launch, spec, invocation.records, StartBy::kCaller));
  // As runc's own terminals: the output has the line ends that the program wrote.
  if (!detached && container.console.valid()) TRY(os::keep_line_ends(container.console));
  const auto record = TRY(invocation.records.load(launch.id));
  auto started = runtime::start(container);
  if (started.ok()) started = run_poststart(record, spec);
  if (!started.ok()) {
    ::waitpid(container.pid, nullptr, 0);
    discard_quietly(launch.id, invocation.records);
    return std::move(started).error();
  }
  return attend(launch, container, invocation);
}

Result<void> check_startable(Status status) {
  switch (status) {
    case Status::kCreated:
      return {};
    case Status::kStopped:
      return Failure(ErrorKind::kConflict, "cannot start a container that has stopped");
    case Status::kRunning:
      return Failure(ErrorKind::kConflict, "cannot start an already running container");
    default:
      return Failure(ErrorKind::kConflict, "cannot start a container in the {} state", to_string(status));
  }
}

Result<int> start(const Invocation& invocation) {
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  TRY(check_startable(invocation.records.status(record)));
  const std::string socket = invocation.records.start_socket(record.id);
  TRY(runtime::start_by_socket(socket));
  TRY(os::remove_file(socket));
  TRY(run_poststart(record, spec));
  return 0;
}

}  // namespace

Command create_command() {
  return {.name = "create",
          .summary = "make a container; its process waits for start",
          .arguments = "<container-id>",
          .flags = launch_flags(),
          .run = create};
}

Command run_command() {
  auto flags = launch_flags();
  flags.push_back({"detach", "d", FlagValue::kNone, "return when the container runs"});
  flags.push_back({"keep", "", FlagValue::kNone, "do not delete the container when it has ended"});
  flags.push_back({"no-subreaper", "", FlagValue::kNone, "do not reap orphans of the container"});
  return {.name = "run",
          .summary = "create and start a container",
          .arguments = "<container-id>",
          .flags = std::move(flags),
          .run = run};
}

Command start_command() {
  return {.name = "start",
          .summary = "execute the process of a created container",
          .arguments = "<container-id>",
          .run = start};
}

}  // namespace tare::cmd
