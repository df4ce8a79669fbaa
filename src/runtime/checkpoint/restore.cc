#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/scope_guard.h"
#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"
#include "os/namespace.h"
#include "os/process.h"
#include "runtime/apply/cgroup.h"
#include "runtime/apply/resctrl.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/checkpoint/criu.h"
#include "runtime/checkpoint/externals.h"
#include "runtime/checkpoint/request.h"
#include "runtime/create.h"
#include "runtime/init/mount_target.h"

namespace tare::runtime {
namespace {

namespace option = criu_option;

std::string root_directory(const RestoreOptions& options) {
  const auto& root = options.spec.root;
  const std::string path = root && !root->path.empty() ? root->path : "rootfs";
  return path.starts_with('/') ? path : options.bundle + "/" + path;
}

bool is_below(const std::string& path, const std::string& directory) { return path.starts_with(directory + "/"); }

TargetKind kind_of(const std::string& source) {
  const auto status = os::status(source);
  return status.ok() && !S_ISDIR(status->st_mode) ? TargetKind::kFile : TargetKind::kDirectory;
}

// The mount that a place lies in, of those before it: the last one is on top.
const MountStep* mount_around(const Plan& plan, const MountStep& step) {
  const MountStep* around = nullptr;
  for (const auto& other : plan.mounts) {
    if (&other == &step) break;
    const bool mounts = other.kind == MountStep::Kind::kBind || other.kind == MountStep::Kind::kFileSystem;
    if (mounts && is_below(step.destination, other.destination)) around = &other;
  }
  return around;
}

// Where things are mounted has to exist, also in a root that is another copy of the image. What lies in a file system
// of the container's own is in the checkpoint.
Result<void> make_mount_points(const Plan& plan, const std::string& root_path) {
  for (const auto& step : plan.mounts) {
    if (step.kind != MountStep::Kind::kBind && step.kind != MountStep::Kind::kFileSystem) continue;
    const auto kind = step.kind == MountStep::Kind::kBind ? kind_of(step.source) : TargetKind::kDirectory;
    const MountStep* around = mount_around(plan, step);
    if (around != nullptr && around->kind == MountStep::Kind::kFileSystem) continue;
    const UniqueFd root = TRY(os::open(around != nullptr ? around->source : root_path, O_PATH | O_DIRECTORY));
    const auto place = around != nullptr ? step.destination.substr(around->destination.size()) : step.destination;
    const UniqueFd made = TRY(make_in_root(root, place, kind).context("mount point " + step.destination));
  }
  return {};
}

// criu wants a root that is a mount, and whose parent is none of its business.
Result<void> mount_root_for_criu(const std::string& root, const std::string& place) {
  TRY(os::unshare(CLONE_NEWNS));
  TRY(os::set_propagation("/", MS_SLAVE | MS_REC));
  TRY(os::make_directory(place, 0700));
  const UniqueFd tree = TRY(os::clone_tree(root, os::TreeDepth::kAll));
  const UniqueFd target = TRY(os::open(place, O_PATH | O_DIRECTORY));
  return os::attach_tree(tree, target, place);
}

void unmount_root(const std::string& place) {
  (void)os::unmount(place, MNT_DETACH).ok();
  (void)os::remove_directory(place).ok();
}

// criu itself goes into the container's group, so that what it makes is born there; and what was saved as the old
// group, and the groups below it, become the new one and those below that.
Result<void> enter_cgroup(const os::Cgroup& cgroup, pid_t criu, WireWriter& request) {
  if (cgroup.empty()) return {};
  for (const auto& directory : cgroup.directories()) {
    TRY(os::write_file(directory + "/cgroup.procs", std::to_string(criu)));
  }
  const auto text = TRY(os::read_file(formatted("/proc/{}/cgroup", criu)));
  for (const auto& line : split(trim(text), '\n')) {
    const auto controllers = cut(line, ':');  // "4:cpu,cpuacct:/path"
    const auto path = controllers ? cut(controllers->second, ':') : std::nullopt;
    if (!path) continue;
    for (const auto& controller : split(path->first, ',')) {
      request.text(option::kCgroupRoot, WireWriter().text(1, controller).text(2, path->second).bytes());
    }
  }
  return {};
}

// Descriptors that criu gets from us, by what they are called in the images.
struct Inheritance {
  std::vector<BorrowedFd> passed;
  std::vector<std::string> keys;
  std::vector<UniqueFd> opened;

  void add(BorrowedFd fd, const std::string& key) {
    passed.push_back(fd);
    keys.push_back(key);
  }
};

Result<Inheritance> collect_inheritance(const RestoreOptions& options) {
  Inheritance result;
  for (const auto& space : inherited_namespaces(options.spec.linux_section)) {
    result.opened.push_back(TRY(os::open(space.path, O_RDONLY)));
    result.add(result.opened.back(), external_key(space.type));
  }
  const std::string path = options.settings.image_directory + "/" + kStreamsFile;
  const auto text = TRY(os::read_file(path).context("this is no checkpoint of a container"));
  const auto streams = TRY(parse_streams(text));
  for (size_t number = 0; number < std::min<size_t>(streams.size(), STDERR_FILENO + 1); ++number) {
    const std::string& stream = streams[number];
    const bool known = std::find(result.keys.begin(), result.keys.end(), stream) != result.keys.end();
    if (known || !(stream.starts_with("pipe:") || stream.starts_with("file["))) continue;
    result.add(BorrowedFd(static_cast<int>(number)), stream);
  }
  return result;
}

void add_inheritance(const Inheritance& inheritance, WireWriter& request) {
  for (size_t index = 0; index < inheritance.keys.size(); ++index) {
    const uint64_t number = Criu::kFirstPassed + index;
    request.text(option::kInheritDescriptor, WireWriter().text(1, inheritance.keys[index]).number(2, number).bytes());
  }
}

Result<void> add_externals(const RestoreOptions& options, const Plan& plan, WireWriter& request) {
  const oci::LinuxSection& section = options.spec.linux_section;
  for (const auto& mount : external_mounts(plan)) add_external_mount(request, mount.destination, mount.source);
  if (!section.masked_paths.empty()) add_external_mount(request, "/dev/null", "/dev/null");
  for (const auto& space : TRY(joined_namespaces(section))) {
    request.text(option::kJoinNamespace, WireWriter().text(1, kernel_name(space.type)).text(2, space.path).bytes());
  }
  return {};
}

void add_own_options(const RestoreOptions& options, WireWriter& request) {
  request.text(option::kRoot, options.scratch);
  request.number(option::kRestoreSibling, 1);  // our child, not criu's
  // Device nodes may have other inodes here, and be the same.
  request.number(option::kEvasiveDevices, 1);
  if (!options.lsm_profile.empty()) request.text(option::kLsmProfile, options.lsm_profile);
  if (!options.lsm_mount_context.empty()) request.text(option::kLsmMountContext, options.lsm_mount_context);
}

// criu leaves the loopback interface of an empty network namespace down.
Result<void> bring_loopback_up_in(pid_t pid) {
  const UniqueFd own = TRY(os::open_namespace(::getpid(), CLONE_NEWNET));
  const UniqueFd its = TRY(os::open_namespace(pid, CLONE_NEWNET));
  TRY(os::join_namespace(its, CLONE_NEWNET));
  auto up = os::bring_loopback_up();
  TRY(os::join_namespace(own, CLONE_NEWNET));
  return up;
}

Result<void> on_notice(CriuNotice notice, const CreateOptions& container, UniqueFd& console) {
  if (notice.name == "orphan-pts-master") console = std::move(notice.descriptor);
  if (notice.name != "setup-namespaces") return {};
  if (has_new(container.spec.linux_section, oci::NamespaceType::kNetwork)) TRY(bring_loopback_up_in(notice.pid));
  return run_runtime_hooks(container, notice.pid);
}

// Inside a user namespace criu reads on as its root, whom the directory has to let through; nobody else.
Result<void> let_mapped_root_in(const oci::LinuxSection& section, BorrowedFd images, const std::string& path) {
  if (!has_new(section, oci::NamespaceType::kUser)) return {};
  struct stat status {};
  if (::fstat(images.get(), &status) != 0) return os::last_error("look at", path);
  for (const auto& mapping : section.gid_mappings) {
    if (mapping.container_id != 0) continue;
    if (::fchown(images.get(), static_cast<uid_t>(-1), mapping.host_id) != 0) return os::last_error("chown", path);
    if (::fchmod(images.get(), (status.st_mode & 07777) | S_IXGRP) != 0) return os::last_error("chmod", path);
  }
  return {};
}

}  // namespace

Result<Container> restore(const RestoreOptions& options) {
  TRY(require_root("restore"));
  const CreateOptions container{.spec = options.spec, .id = options.id, .bundle = options.bundle};
  const HostFacts facts = TRY(read_host_facts(options.spec));
  const Plan plan = TRY(make_plan(container, facts));
  const ScopeGuard tidy([&] { unmount_root(options.scratch); });
  TRY(mount_root_for_criu(root_directory(options), options.scratch));
  // Only now: criu mounts in its directories, which the kernel refuses in those of another mount namespace.
  CriuRequest request = TRY(begin_request(options.settings, options.spec, "restore.log", CriuDirectories::kExpect));
  const Inheritance inheritance = TRY(collect_inheritance(options));
  TRY(let_mapped_root_in(options.spec.linux_section, request.images, options.settings.image_directory));
  TRY(make_mount_points(plan, root_directory(options)));
  const os::Cgroup cgroup = TRY(make_cgroup(container, plan, facts));
  ScopeGuard undo([&] {
    if (!cgroup.empty()) (void)remove({options.id, -1, {}, {}, {}, cgroup, {}}).ok();
  });
  auto resctrl_groups = TRY(make_resctrl(plan));
  ScopeGuard undo_resctrl([&] { (void)remove_resctrl_groups(resctrl_groups).ok(); });
  Criu criu = TRY(Criu::start(inheritance.passed));
  TRY(enter_cgroup(cgroup, criu.pid(), request.options));
  // What criu makes is born in the groups that it is in.
  if (plan.resctrl) TRY(enter_resctrl_groups(*plan.resctrl, criu.pid()));
  add_own_options(options, request.options);
  TRY(add_externals(options, plan, request.options));
  add_inheritance(inheritance, request.options);
  UniqueFd console;
  auto restored = criu.ask(CriuTask::kRestore, request.options, request.log,
                           [&](CriuNotice notice) { return on_notice(std::move(notice), container, console); });
  if (!restored.ok()) return std::move(restored).error().context("restore");
  UniqueFd pidfd = TRY(os::open_pidfd(*restored));
  undo_resctrl.keep();
  undo.keep();
  return Container{options.id, *restored, std::move(pidfd), std::move(console), {}, cgroup, std::move(resctrl_groups)};
}

}  // namespace tare::runtime
