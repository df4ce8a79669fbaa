#include "runtime/checkpoint/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "os/file.h"
#include "runtime/checkpoint/criu.h"
#include "runtime/checkpoint/externals.h"
#include "runtime/checkpoint/request.h"
#include "runtime/plan/plan.h"

namespace tare::runtime {
namespace {

namespace option = criu_option;

// A path of the container as it really is there, every symlink followed; nothing when it does not exist.
Result<std::optional<std::string>> real_path(BorrowedFd root, const std::string& path) {
  const auto opened = os::open_in_root(root, path, O_PATH);
  if (opened.ok()) {
    // In another mount namespace than the file's the kernel tells the path from that one's root.
    return std::optional(TRY(os::read_link(formatted("/proc/self/fd/{}", opened->get()))));
  }
  const int number = opened.error().errno_value();
  if (number == ENOENT || number == ENOTDIR) return std::optional<std::string>();
  return Failure(ErrorKind::kInternal, "{}", opened.error().text());
}

Result<void> name_mounts(const Plan& plan, BorrowedFd root, WireWriter& options) {
  for (const auto& mount : external_mounts(plan)) {
    const auto place = TRY(real_path(root, mount.destination));
    if (place) add_external_mount(options, *place, mount.destination);
  }
  return {};
}

// Masked directories are file systems of the container's own; files are the host's /dev/null.
Result<void> name_masks(const oci::LinuxSection& section, BorrowedFd root, WireWriter& options) {
  for (const auto& path : section.masked_paths) {
    const auto opened = os::open_in_root(root, path, O_PATH);
    struct stat status {};
    if (!opened.ok() || ::fstat(opened->get(), &status) != 0 || S_ISDIR(status.st_mode)) continue;
    const auto place = TRY(real_path(root, path));
    if (place) add_external_mount(options, *place, "/dev/null");
  }
  return {};
}

Result<void> name_namespaces(const oci::LinuxSection& section, pid_t pid, WireWriter& options) {
  for (const auto& space : inherited_namespaces(section)) {
    const auto name = kernel_name(space.type);
    const auto status = TRY(os::status(formatted("/proc/{}/ns/{}", pid, name)));
    options.text(option::kExternal, formatted("{}[{}]:{}", name, status.st_ino, external_key(space.type)));
  }
  return {};
}

// The ids of the mounts that the container sees: the first words of the lines.
Result<std::set<std::string>> mount_ids(pid_t pid) {
  std::set<std::string> ids;
  const auto text = TRY(os::read_file(formatted("/proc/{}/mountinfo", pid)));
  for (const auto& line : split(text, '\n')) ids.insert(line.substr(0, line.find(' ')));
  return ids;
}

Result<std::string> mount_id(pid_t pid, int number) {
  const auto text = TRY(os::read_file(formatted("/proc/{}/fdinfo/{}", pid, number)));
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("mnt_id:")) return std::string(trim(line.substr(7)));
  }
  return Failure(ErrorKind::kUnsupported, "the kernel does not tell what mount descriptor {} of process {} is on",
                 number, pid);
}

// What a stream is, as restoring has to ask for it: "pipe:[51]", or for a file of the host what criu calls it.
Result<std::string> describe_stream(pid_t pid, int number, const std::set<std::string>& own_mounts) {
  const std::string path = formatted("/proc/{}/fd/{}", pid, number);
  auto link = os::read_link(path);
  if (!link.ok()) return std::string();  // closed
  const auto status = os::status(path);
  const bool is_file = status.ok() && (S_ISREG(status->st_mode) || S_ISCHR(status->st_mode));
  if (!is_file) return link;
  const std::string id = TRY(mount_id(pid, number));
  if (own_mounts.contains(id)) return link;
  return formatted("file[{:x}:{:x}]", parse_unsigned(id).value_or(0), status->st_ino);
}

Result<void> save_streams(const CheckpointOptions& options, WireWriter& request) {
  const auto own_mounts = TRY(mount_ids(options.pid));
  std::vector<std::string> streams;
  std::set<std::string> named;
  for (int number = 0; number <= STDERR_FILENO; ++number) {
    streams.push_back(TRY(describe_stream(options.pid, number, own_mounts)));
    if (!streams.back().starts_with("file[") || !named.insert(streams.back()).second) continue;
    request.text(option::kExternal, streams.back());
  }
  return os::write_file_atomic(options.settings.image_directory + "/" + kStreamsFile, streams_to_json(streams), 0600);
}

std::string root_directory(const oci::RuntimeSpec& spec, const std::string& bundle) {
  const std::string path = spec.root && !spec.root->path.empty() ? spec.root->path : "rootfs";
  return path.starts_with('/') ? path : bundle + "/" + path;
}

// Everything of the container that is the host's.
Result<void> name_externals(const CheckpointOptions& options, WireWriter& request) {
  const oci::LinuxSection& section = options.spec.linux_section;
  const HostFacts facts = TRY(read_host_facts(options.spec));
  const Plan plan = TRY(plan_container(options.spec, facts, {options.bundle, options.cgroup.path()}));
  const UniqueFd root = TRY(os::open(formatted("/proc/{}/root", options.pid), O_PATH | O_DIRECTORY));
  TRY(name_mounts(plan, root, request));
  TRY(name_masks(section, root, request));
  return save_streams(options, request);
}

Result<void> check_parent(const CheckpointOptions& options) {
  if (options.parent_images.empty()) return {};
  const std::string path = options.settings.image_directory + "/" + options.parent_images;
  const auto status = TRY(os::status(path).context("--parent-path"));
  if (S_ISDIR(status.st_mode)) return {};
  return Failure(ErrorKind::kInvalidArgument, "--parent-path: {} is no directory", path);
}

// By it all stop at once, where criu alone would stop one after the other while they go on making more.
std::optional<std::string> freezer_directory(const os::Cgroup& cgroup) {
  if (cgroup.empty()) return std::nullopt;
  if (cgroup.layout().version == os::CgroupVersion::kV2) return cgroup.directories().front();
  return cgroup.directory("freezer");
}

void add_own_options(const CheckpointOptions& options, WireWriter& request) {
  request.number(option::kPid, static_cast<uint64_t>(options.pid));
  request.text(option::kRoot, root_directory(options.spec, options.bundle));
  request.number(option::kLeaveRunning, options.leave_running ? 1 : 0);
  request.number(option::kTcpSkipInFlight, options.tcp_skip_in_flight ? 1 : 0);
  request.number(option::kLinkRemap, options.link_remap ? 1 : 0);
  if (const auto freezer = freezer_directory(options.cgroup)) request.text(option::kFreezeCgroup, *freezer);
  if (options.pre_dump || !options.parent_images.empty()) request.number(option::kTrackMemory, 1);
  if (!options.parent_images.empty()) request.text(option::kParentImage, options.parent_images);
  if (const auto& server = options.page_server) {
    request.text(option::kPageServer, WireWriter().text(1, server->address).number(2, server->port).bytes());
  }
}

}  // namespace

Result<void> checkpoint(const CheckpointOptions& options) {
  TRY(require_root("checkpoint"));
  TRY(check_parent(options));
  Criu criu = TRY(Criu::start({}));
  CriuRequest request = TRY(begin_request(options.settings, options.spec, "dump.log", CriuDirectories::kMake));
  add_own_options(options, request.options);
  TRY(name_namespaces(options.spec.linux_section, options.pid, request.options));
  if (!options.pre_dump) TRY(name_externals(options, request.options));
  const auto task = options.pre_dump ? CriuTask::kPreDump : CriuTask::kDump;
  auto done = criu.ask(task, request.options, request.log, [&](const CriuNotice& notice) -> Result<void> {
    if (notice.name != "status-ready" || !options.status) return {};
    return os::write_all(*options.status, std::string_view("\0", 1), "--status-fd");
  });
  if (!done.ok()) return std::move(done).error().context("checkpoint");
  return {};
}

}  // namespace tare::runtime
