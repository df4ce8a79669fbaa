#include "supervise/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <utility>

#include "base/scope_guard.h"
#include "oci/id_mapping.h"
#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/namespace.h"
#include "os/process.h"
#include "runtime/defaults.h"
#include "runtime/init/rootfs.h"
#include "supervise/disk.h"
#include "supervise/oom.h"

namespace tare::supervise {
namespace {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::last_error("make", "pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Both ends of the container's standard streams.
struct Streams {
  Pipe input;
  Pipe output;
  Pipe error;
};

uint64_t microseconds_since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_nsec) / 1000;
}

Result<Streams> make_streams(const Config& config) {
  Streams streams;
  if (config.terminal) return streams;
  streams.output = TRY(make_pipe());
  streams.error = TRY(make_pipe());
  if (config.open_stdin) {
    streams.input = TRY(make_pipe());
  } else {
    streams.input.reader = TRY(os::open("/dev/null", O_RDONLY));
  }
  return streams;
}

std::optional<runtime::OverlayRoot> overlay_of(const Config& config) {
  if (!config.overlay) return std::nullopt;
  // The kernel's mark of a volatile mount refuses the next one, even when nothing was started the first time.
  if (config.overlay->volatile_upper) (void)os::remove_tree(config.overlay->work + "/work/incompat");
  return runtime::OverlayRoot{.lower_directory = config.overlay->lower_directory,
                              .lower_names = config.overlay->lower_names,
                              .upper = config.overlay->upper,
                              .work = config.overlay->work,
                              .volatile_upper = config.overlay->volatile_upper};
}

// /dev/stdout opens the pipe anew, which takes a right to it: inside a user namespace our pipes are nobody's.
Result<void> give_streams_away(const Streams& streams, const oci::RuntimeSpec& spec) {
  const auto& section = spec.linux_section;
  const auto uid = oci::host_id(section.uid_mappings, spec.process->user.uid);
  const auto gid = oci::host_id(section.gid_mappings, spec.process->user.gid);
  if (!uid || !gid) return {};
  for (const auto* pipe : {&streams.input.writer, &streams.output.reader, &streams.error.reader}) {
    if (pipe->valid() && ::fchown(pipe->get(), *uid, *gid) != 0) return os::last_error("change owner of", "a pipe");
  }
  return {};
}

UniqueFd duplicate(BorrowedFd fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)); }

Result<runtime::Container> create(const Config& config, const oci::RuntimeSpec& spec, const Streams& streams,
                                  const Namespaces& namespaces) {
  runtime::CreateOptions options{.spec = spec, .id = config.container_id, .bundle = config.data_directory};
  options.overlay = overlay_of(config);
  if (!config.terminal) options.streams = {streams.input.reader, streams.output.writer, streams.error.writer};
  options.network_namespace = namespaces.network;
  options.user_namespace = namespaces.user;
  options.die_with_caller = true;
  options.seccomp_cache = config.seccomp_cache;
  options.create_cgroup = !config.cgroup_path.empty();
  return runtime::create(options);
}

// Where another runtime finds the root file system: on a mount that only this process and its children see.
Result<void> mount_bundle_root(const Config& config, const std::string& target) {
  TRY(os::make_directories(target));
  TRY(os::unshare(CLONE_NEWNS));
  TRY(runtime::mount_root(
      {.path = target, .overlay = overlay_of(config), .propagation = MS_SLAVE | MS_REC, .in_user_namespace = false}));
  return os::change_directory("/");
}

Result<void> write_bundle(const Config& config, oci::RuntimeSpec spec, const std::string& bundle,
                          std::optional<BorrowedFd> network_namespace) {
  if (config.overlay) {
    TRY(mount_bundle_root(config, bundle + "/rootfs"));
    if (!spec.root) spec.root.emplace();
    spec.root->path = bundle + "/rootfs";
  }
  for (auto& space : spec.linux_section.namespaces) {
    if (space.type != oci::NamespaceType::kNetwork || !network_namespace) continue;
    space.path = formatted("/proc/{}/fd/{}", ::getpid(), network_namespace->get());
  }
  if (auto& seccomp = spec.linux_section.seccomp) *seccomp = runtime::written_out(*seccomp);
  TRY(os::make_directories(bundle, 0700));
  return os::write_file_atomic(bundle + "/config.json", spec.to_json(), 0600);
}

Result<void> create_by_program(const Config& config, const oci::RuntimeSpec& spec, const Streams& streams,
                               std::optional<BorrowedFd> network_namespace, Launched& launched) {
  launched.program.emplace(config.runtime, config.run_directory, config.container_id);
  const auto& program = *launched.program;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // the container's first process becomes our child when the program ends
  TRY(program.remove());               // what a run whose supervisor was killed has left
  TRY(write_bundle(config, spec, program.bundle(), network_namespace));
  launched.guard = TRY(Guard::stand(config.cgroup_path, program.removal()));
  runtime::StandardStreams used;
  if (!config.terminal) used = {streams.input.reader, streams.output.writer, streams.error.writer};
  launched.container = TRY(program.create(config.terminal, used));
  if (!config.cgroup_path.empty()) launched.container.cgroup = TRY(os::Cgroup::find(config.cgroup_path));
  return {};
}

void unmount_bundle(const Launched& launched) {
  if (launched.program) (void)os::unmount(launched.program->bundle() + "/rootfs", MNT_DETACH).ok();
}

// Another runtime runs them itself.
Result<void> run_hooks(runtime::HookPoint point, const Launched& launched) {
  if (!launched.hooked || launched.program) return {};
  const auto& container = launched.container;
  return runtime::run_hooks(point, *launched.hooked, container.id, launched.bundle, container.pid);
}

Result<void> start(Launched& launched) {
  return launched.program ? launched.program->start() : runtime::start(launched.container);
}

Result<void> start_or_remove(Launched& launched) {
  auto started = start(launched);
  if (started) started = run_hooks(runtime::HookPoint::kPoststart, launched);
  if (started) return {};
  const auto& container = launched.container;
  (void)os::signal_pidfd(container.pidfd, SIGKILL);
  (void)os::wait({container.pid, duplicate(container.pidfd)});
  const auto removed = remove(launched);
  if (removed) return started;
  return std::move(started).error().also(removed.error());
}

}  // namespace

Result<Launched> launch(const Config& config, const Namespaces& namespaces) {
  const std::string path = config.data_directory + "/config.json";
  const auto json = TRY(os::read_file(path));
  const auto spec = TRY(oci::RuntimeSpec::parse(json).context(path));
  auto streams = TRY(make_streams(config));
  if (namespaces.user && spec.process) TRY(give_streams_away(streams, spec));
  TRY(mount_disk(config).context("--storage-opt size"));
  ScopeGuard undo_disk([&] { unmount_disk(config); });
  Launched launched{.started = microseconds_since_boot()};
  if (config.runtime.empty()) {
    launched.container = TRY(create(config, spec, streams, namespaces));
  } else {
    ScopeGuard undo([&] {
      if (launched.program) (void)launched.program->remove().ok();
      unmount_bundle(launched);
    });
    TRY(create_by_program(config, spec, streams, namespaces.network, launched).context("start by --runtime"));
    undo.keep();
  }
  if (!spec.hooks.poststart.empty() || !spec.hooks.poststop.empty()) launched.hooked = spec;
  launched.bundle = config.data_directory;
  if (!launched.container.cgroup.empty()) launched.oom_kills = launched.container.cgroup.oom_kills().value_or(0);
  TRY(start_or_remove(launched));
  launched.output = config.terminal ? duplicate(launched.container.console) : std::move(streams.output.reader);
  launched.error = std::move(streams.error.reader);
  undo_disk.keep();
  launched.input = config.terminal ? duplicate(launched.container.console) : std::move(streams.input.writer);
  return launched;
}

Result<void> signal(const Launched& launched, int number) {
  return launched.program ? launched.program->kill(number) : os::signal_pidfd(launched.container.pidfd, number);
}

Result<void> freeze(const Launched& launched) {
  return launched.program ? launched.program->pause() : launched.container.cgroup.freeze();
}

Result<void> thaw(const Launched& launched) {
  return launched.program ? launched.program->resume() : launched.container.cgroup.thaw();
}

Result<void> set_limits(const Launched& launched, const oci::Resources& limits) {
  return launched.program ? launched.program->update(limits) : runtime::update(launched.container.cgroup, limits);
}

Result<void> remove(Launched& launched) {
  auto forgotten = launched.program ? launched.program->remove() : Result<void>();
  launched.guard.reset();
  auto removed = runtime::remove(launched.container);
  unmount_bundle(launched);
  auto told = run_hooks(runtime::HookPoint::kPoststop, launched);
  if (!forgotten.ok()) return forgotten;
  return removed.ok() ? std::move(told) : std::move(removed);
}

Ended reap(const Launched& launched, bool killed_by_user) {
  const auto& container = launched.container;
  const auto status = os::wait({container.pid, duplicate(container.pidfd)}).value_or({});
  Ended ended{.exit_code = status.shell_code(), .signal = status.signal};
  if (container.cgroup.empty()) return ended;
  const auto kills = container.cgroup.oom_kills().value_or(launched.oom_kills);
  if (kills <= launched.oom_kills) return ended;
  OomFacts facts{.kills = kills - launched.oom_kills,
                 .memory_limit = container.cgroup.statistics().value_or({}).memory_limit,
                 .first_process = container.pid,
                 .exit_code = ended.exit_code,
                 .exit_signal = ended.signal,
                 .killed_by_user = killed_by_user,
                 .logged = parse_oom_kills(read_kernel_log(), container.id, launched.started)};
  ended.oom_killed = ended_by_oom(facts);
  ended.oom_kills = facts.kills;
  ended.oom = describe_oom(facts);
  return ended;
}

}  // namespace tare::supervise
