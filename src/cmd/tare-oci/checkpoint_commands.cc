// checkpoint and restore: their flags, and what becomes of the container's record. criu does the work
// (runtime/checkpoint/checkpoint.h).
#include <fcntl.h>

#include <filesystem>

#include "attend.h"
#include "base/scope_guard.h"
#include "commands.h"
#include "launch.h"
#include "os/file.h"
#include "os/guarded_program.h"
#include "os/pty.h"
#include "runtime/checkpoint/checkpoint.h"

namespace tare::cmd {
namespace {

constexpr auto kText = FlagValue::kText;
constexpr auto kNone = FlagValue::kNone;

std::vector<FlagDefinition> criu_flags() {
  return {{"image-path", "", kText, "directory of the images (default: ./checkpoint)"},
          {"work-path", "", kText, "directory for criu's log (default: that of the images)"},
          {"tcp-established", "", kNone, "also open TCP connections"},
          {"ext-unix-sk", "", kNone, "also unix sockets whose other end is outside"},
          {"shell-job", "", kNone, "also processes whose terminal is the caller's"},
          {"file-locks", "", kNone, "also file locks"},
          {"lazy-pages", "", kNone, "memory is fetched when it is touched (userfaultfd)"},
          {"manage-cgroups-mode", "", kText, "what criu does about cgroups: soft (default), full, strict, ignore"},
          {"empty-ns", "", kText, "a namespace that is restored empty: only 'network', which always is"},
          {"auto-dedup", "", kNone, "memory that a later image has again is freed in the earlier one"}};
}

Result<runtime::CgroupCare> parse_care(const std::string& word) {
  using Care = runtime::CgroupCare;
  const std::pair<const char*, Care> known[] = {{"", Care::kDefault},
                                                {"soft", Care::kSoft},
                                                {"full", Care::kFull},
                                                {"strict", Care::kStrict},
                                                {"ignore", Care::kIgnore}};
  for (const auto& [name, care] : known) {
    if (word == name) return care;
  }
  return Failure(ErrorKind::kInvalidArgument, "--manage-cgroups-mode {}: only soft, full, strict and ignore are known",
                 word);
}

Result<runtime::CriuSettings> parse_settings(const Flags& flags) {
  for (const auto& name : flags.list("empty-ns")) {
    if (name == "network") continue;
    return Failure(ErrorKind::kInvalidArgument, "--empty-ns {}: only network can be restored empty", name);
  }
  const auto absolute = [](const std::string& path) { return std::filesystem::absolute(path).string(); };
  const std::string images = flags.text("image-path");
  const std::string work = flags.text("work-path");
  runtime::CriuSettings settings;
  settings.image_directory = absolute(images.empty() ? "checkpoint" : images);
  if (!work.empty()) settings.work_directory = absolute(work);
  settings.tcp_established = flags.has("tcp-established");
  settings.external_unix_sockets = flags.has("ext-unix-sk");
  settings.shell_job = flags.has("shell-job");
  settings.file_locks = flags.has("file-locks");
  settings.auto_dedup = flags.has("auto-dedup");
  settings.lazy_pages = flags.has("lazy-pages");
  settings.cgroup_care = TRY(parse_care(flags.text("manage-cgroups-mode")));
  return settings;
}

Result<std::optional<runtime::PageServer>> parse_page_server(const std::string& text) {
  if (text.empty()) return std::optional<runtime::PageServer>();
  constexpr unsigned kHighestPort = 65535;
  const size_t colon = text.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_unsigned(std::string_view(text).substr(colon + 1));
  if (colon == 0 || !port || *port == 0 || *port > kHighestPort) {
    return Failure(ErrorKind::kInvalidArgument, "--page-server {}: it has to be ADDRESS:PORT", text);
  }
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  return std::optional(runtime::PageServer{address, static_cast<unsigned>(*port)});
}

Result<std::optional<BorrowedFd>> parse_status_fd(const Flags& flags) {
  if (flags.list("status-fd").empty()) return std::optional<BorrowedFd>();
  const int64_t number = TRY(flags.number("status-fd"));
  const int mode = ::fcntl(static_cast<int>(number), F_GETFL);
  if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY) {
    return Failure(ErrorKind::kInvalidArgument, "--status-fd {}: no descriptor of that number is open for writing",
                   number);
  }
  return std::optional(BorrowedFd(static_cast<int>(number)));
}

Result<runtime::CheckpointOptions> parse_checkpoint(const Flags& flags, const ContainerRecord& record,
                                                    const oci::RuntimeSpec& spec) {
  runtime::CheckpointOptions options{.spec = spec, .bundle = record.bundle, .pid = record.pid};
  options.cgroup = TRY(cgroup_of(record));
  options.settings = TRY(parse_settings(flags));
  options.parent_images = flags.text("parent-path");
  if (options.parent_images.starts_with('/')) {
    return Failure(ErrorKind::kInvalidArgument, "--parent-path has to be relative to --image-path: {}",
                   options.parent_images);
  }
  options.leave_running = flags.has("leave-running");
  options.pre_dump = flags.has("pre-dump");
  options.tcp_skip_in_flight = flags.has("tcp-skip-in-flight");
  options.link_remap = flags.has("link-remap");
  options.page_server = TRY(parse_page_server(flags.text("page-server")));
  options.status = TRY(parse_status_fd(flags));
  return options;
}

Result<int> checkpoint(const Invocation& invocation) {
  const auto record = TRY(invocation.records.load(invocation.container()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  const Status status = invocation.records.status(record);
  if (status != Status::kRunning && status != Status::kPaused) {
    return Failure(ErrorKind::kConflict, "container {} cannot be checkpointed in the {} state", record.id,
                   to_string(status));
  }
  const auto options = TRY(parse_checkpoint(invocation.flags, record, spec));
  TRY(runtime::checkpoint(options));
  if (options.leave_running || options.pre_dump) return 0;
  // As runc: what is left is the images; the id can be used again, for instance to restore them.
  if (!options.cgroup.empty() && options.cgroup.is_frozen()) TRY(options.cgroup.thaw());
  TRY(discard(record, invocation.records));
  return 0;
}

// criu puts what it restores into a time namespace, so that clocks go on from where they were: exec has to join it too.
void note_time_namespace(pid_t pid, oci::RuntimeSpec& spec) {
  const auto own = os::read_link("/proc/self/ns/time");
  const auto its = os::read_link(formatted("/proc/{}/ns/time", pid));
  if (!own.ok() || !its.ok() || *own == *its) return;
  for (const auto& space : spec.linux_section.namespaces) {
    if (space.type == oci::NamespaceType::kTime) return;
  }
  spec.linux_section.namespaces.push_back({oci::NamespaceType::kTime, ""});
}

Result<runtime::Container> restore_recorded(const Launch& launch, oci::RuntimeSpec& spec,
                                            const Invocation& invocation) {
  const Flags& flags = invocation.flags;
  const Records& records = invocation.records;
  runtime::RestoreOptions options{.spec = spec, .id = launch.id, .bundle = launch.bundle};
  options.settings = TRY(parse_settings(flags));
  options.lsm_profile = flags.text("lsm-profile");
  options.lsm_mount_context = flags.text("lsm-mount-context");
  TRY(records.reserve(launch.id));
  ScopeGuard forget([&] { (void)records.remove(launch.id).ok(); });
  options.scratch = records.directory(launch.id) + "/restore";
  runtime::Container container = TRY(runtime::restore(options));
  ScopeGuard undo([&] { reap(container); });
  if (!launch.console_socket.empty()) TRY(hand_over_console(container.console, launch.console_socket));
  note_time_namespace(container.pid, spec);
  TRY(record_container(container, launch, spec, ScopeUnit(), records));
  undo.keep();
  forget.keep();
  return container;
}

Result<int> restore(const Invocation& invocation) {
  TRY(os::guard_own_program());
  const bool detached = invocation.flags.has("detach");
  if (invocation.flags.has("no-pivot")) {
    return Failure(ErrorKind::kUnsupported, "--no-pivot: criu enters the root by pivot_root, whatever it is on");
  }
  if (invocation.systemd_cgroup) {
    return Failure(ErrorKind::kUnsupported, "--systemd-cgroup: restoring into a scope of systemd is not supported")
        .with_hint("without it, the container gets a cgroup that the runtime makes itself");
  }
  const Launch launch = TRY(parse_launch(invocation.flags, detached ? Attachment::kDetached : Attachment::kForeground));
  auto spec = TRY(read_bundle(launch.bundle));
  TRY(check_console(spec.process && spec.process->terminal, launch.attachment, launch.console_socket));
  auto container = TRY(restore_recorded(launch, spec, invocation));
  // As with run: the terminal may have been another one's when it was saved.
  if (!detached && container.console.valid()) TRY(os::keep_line_ends(container.console));
  adopt_orphans(launch, invocation);
  return attend(launch, container, invocation);
}

}  // namespace

Command checkpoint_command() {
  auto flags = criu_flags();
  flags.push_back({"parent-path", "", kText, "images of an earlier --pre-dump, relative to --image-path"});
  flags.push_back({"leave-running", "", kNone, "let the container go on"});
  flags.push_back({"pre-dump", "", kNone, "save the memory only, and let the container go on"});
  flags.push_back({"tcp-skip-in-flight", "", kNone, "leave out TCP connections that are not accepted yet"});
  flags.push_back({"link-remap", "", kNone, "give files that are open and removed a name again"});
  flags.push_back({"page-server", "", kText, "send the memory to criu's page server at ADDRESS:PORT"});
  flags.push_back({"status-fd", "", kText, "descriptor that gets a zero byte when --lazy-pages serves"});
  return {.name = "checkpoint",
          .summary = "save the state of a container's processes (needs criu)",
          .arguments = "<container-id>",
          .flags = std::move(flags),
          .run = checkpoint};
}

Command restore_command() {
  auto flags = criu_flags();
  flags.push_back({"bundle", "b", kText, "directory of the bundle (default: the current one)"});
  flags.push_back({"pid-file", "", kText, "file to write the process id to"});
  flags.push_back({"console-socket", "", kText, "unix socket that gets the terminal's master side"});
  flags.push_back({"detach", "d", kNone, "return when the container runs"});
  flags.push_back({"no-subreaper", "", kNone, "do not reap orphans of the container"});
  flags.push_back({"no-pivot", "", kNone, "refused: criu enters the root by pivot_root"});
  flags.push_back({"lsm-profile", "", kText, "another profile than the saved one: apparmor:NAME or selinux:LABEL"});
  flags.push_back({"lsm-mount-context", "", kText, "another SELinux context of mounts than the saved one"});
  return {.name = "restore",
          .summary = "make a container from a checkpoint (needs criu)",
          .arguments = "<container-id>",
          .flags = std::move(flags),
          .run = restore};
}

}  // namespace tare::cmd
