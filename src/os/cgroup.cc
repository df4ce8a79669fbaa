#include "os/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {
namespace {

constexpr int kWaitRounds = 200;  // with kWaitStep growing: about 4 s in all

// Waits a little longer each round, from 50 µs to 20 ms: what is awaited is nearly always over in the first rounds.
void pause_round(int round) { ::usleep(static_cast<useconds_t>(std::min(50 << std::min(round, 9), 20000))); }

// The group itself first, because it rarely has children and listing one is 40 files; then depth first.
Result<void> remove_once(const std::string& directory) {
  const auto at_once = remove_directory(directory);
  if (at_once.ok() || at_once.error().kind() == ErrorKind::kNotFound) return {};
  auto names = list_directory(directory);
  if (!names.ok()) return {};
  for (const auto& name : *names) {
    const std::string child = formatted("{}/{}", directory, name);
    const auto status = link_status(child);
    if (status.ok() && S_ISDIR(status->st_mode)) TRY(remove_once(child));
  }
  auto removed = remove_directory(directory);
  if (!removed.ok() && removed.error().kind() == ErrorKind::kNotFound) return {};
  return removed;
}

Result<void> remove_patiently(const std::string& directory) {
  Result<void> removed;
  for (int round = 0; round < kWaitRounds; ++round) {
    removed = remove_once(directory);
    if (removed.ok() || removed.error().errno_value() != EBUSY) return removed;
    pause_round(round);
  }
  return removed;
}

void collect_processes(const std::string& directory, std::vector<pid_t>& pids) {
  const auto text = read_file(directory + "/cgroup.procs");
  if (!text.ok()) return;
  for (const auto& line : split(*text, '\n')) {
    if (const auto pid = parse_signed(line)) pids.push_back(static_cast<pid_t>(*pid));
  }
  for (const auto& name : list_directory(directory).value_or({})) {
    const std::string child = formatted("{}/{}", directory, name);
    const auto status = link_status(child);
    if (status.ok() && S_ISDIR(status->st_mode)) collect_processes(child, pids);
  }
}

// A new v1 cpuset has no processors and takes no process until it is given some: its parent's.
Result<void> inherit_cpuset(const std::string& directory, const std::string& parent) {
  for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
    const std::string own = TRY(read_file(directory + file));
    if (!trim(own).empty()) continue;
    const std::string inherited = TRY(read_file(parent + file));
    TRY(write_file(directory + file, trim(inherited)));
  }
  return {};
}

// Every controller that the directory has is handed to its children. One that cannot be handed down (EBUSY: the
// directory has processes of its own) shows when a limit of it is written.
void hand_down_controllers(const std::string& directory) {
  const auto controllers = read_file(directory + "/cgroup.controllers");
  const auto enabled = read_file(directory + "/cgroup.subtree_control");
  if (!controllers.ok() || !enabled.ok()) return;
  const auto already = split(trim(*enabled), ' ');
  for (const auto& controller : split(trim(*controllers), ' ')) {
    if (controller.empty() || std::find(already.begin(), already.end(), controller) != already.end()) continue;
    (void)write_file(directory + "/cgroup.subtree_control", "+" + controller).ok();
  }
}

bool has_cpuset(const CgroupHierarchy& hierarchy) {
  const auto& all = hierarchy.controllers;
  return std::find(all.begin(), all.end(), "cpuset") != all.end();
}

// A group works as it is made.
bool is_plain(const CgroupHierarchy& hierarchy) {
  return hierarchy.version == CgroupVersion::kV1 && !has_cpuset(hierarchy);
}

Result<void> create_in(const CgroupHierarchy& hierarchy, const std::string& path) {
  // Mostly the parents are there, and nothing has to be done in them.
  if (is_plain(hierarchy) && make_directory(hierarchy.mount_point + path).ok()) return {};
  std::string directory = hierarchy.mount_point;
  for (const auto& part : split(path, '/')) {
    if (part.empty()) continue;
    const std::string parent = directory;
    if (hierarchy.version == CgroupVersion::kV2) hand_down_controllers(parent);
    directory += "/" + part;
    auto made = make_directory(directory);
    if (!made.ok() && made.error().kind() != ErrorKind::kAlreadyExists) return made;
    if (hierarchy.version == CgroupVersion::kV1 && has_cpuset(hierarchy)) TRY(inherit_cpuset(directory, parent));
  }
  return {};
}

Result<void> await_content(const std::string& file, std::string_view wanted) {
  for (int round = 0; round < kWaitRounds; ++round) {
    const std::string content = TRY(read_file(file));
    if (content.find(wanted) != std::string::npos) return {};
    pause_round(round);
  }
  return Failure(ErrorKind::kTimeout, "{} does not become {}", file, trim(wanted));
}

}  // namespace

const CgroupHierarchy* CgroupLayout::find(const std::string& controller) const {
  for (const auto& hierarchy : hierarchies) {
    if (std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) !=
        hierarchy.controllers.end()) {
      return &hierarchy;
    }
  }
  return nullptr;
}

Result<CgroupLayout> read_cgroup_layout() {
  struct statfs status {};
  CgroupLayout layout;
  if (::statfs("/sys/fs/cgroup", &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC) {
    layout.hierarchies.push_back({"/sys/fs/cgroup", {}, CgroupVersion::kV2});
  } else {
    layout = parse_cgroup_mounts(TRY(read_file("/proc/self/mountinfo")));
  }
  for (auto& hierarchy : layout.hierarchies) {
    if (hierarchy.version == CgroupVersion::kV1) continue;
    const auto controllers = read_file(hierarchy.mount_point + "/cgroup.controllers");
    if (controllers.ok()) hierarchy.controllers = split(trim(*controllers), ' ');
  }
  return layout;
}

CgroupLayout parse_cgroup_mounts(const std::string& mountinfo) {
  static const std::vector<std::string> kNoControllers = {"rw", "ro", "xattr", "clone_children", "noprefix"};
  CgroupLayout layout;
  for (const auto& line : split(mountinfo, '\n')) {
    const auto halves = line.find(" - ");
    if (halves == std::string::npos) continue;
    const auto left = split(std::string_view(line).substr(0, halves), ' ');
    const auto right = split(std::string_view(line).substr(halves + 3), ' ');
    if (left.size() < 5 || right.size() < 3 || !right[0].starts_with("cgroup")) continue;
    CgroupHierarchy hierarchy{left[4], {}, right[0] == "cgroup2" ? CgroupVersion::kV2 : CgroupVersion::kV1};
    for (const auto& option : split(right[2], ',')) {
      const bool is_controller =
          std::find(kNoControllers.begin(), kNoControllers.end(), option) == kNoControllers.end() &&
          !option.starts_with("release_agent=");
      if (hierarchy.version == CgroupVersion::kV1 && is_controller) hierarchy.controllers.push_back(option);
    }
    const bool seen = std::any_of(layout.hierarchies.begin(), layout.hierarchies.end(), [&](const auto& other) {
      return other.version == hierarchy.version && other.controllers == hierarchy.controllers;
    });
    if (seen) continue;
    if (hierarchy.version == CgroupVersion::kV1) layout.version = CgroupVersion::kV1;
    layout.hierarchies.push_back(std::move(hierarchy));
  }
  return layout;
}

Cgroup::Cgroup(CgroupLayout layout, std::string path) : layout_(std::move(layout)), path_(std::move(path)) {
  if (!path_.empty() && path_[0] != '/') path_ = formatted("/{}", path_);
}

Result<Cgroup> Cgroup::find(std::string path) {
  CgroupLayout layout = TRY(read_cgroup_layout());
  return Cgroup(std::move(layout), std::move(path));
}

Result<Cgroup> Cgroup::find_of(pid_t pid) {
  const std::string text = TRY(read_file(formatted("/proc/{}/cgroup", pid)));
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("0::")) return find(line.substr(3));
  }
  return Failure(ErrorKind::kNotFound, "process {} is in no group of cgroup v2", pid);
}

bool Cgroup::exists() const {
  const auto all = directories();
  return std::any_of(all.begin(), all.end(), [](const auto& directory) { return os::exists(directory); });
}

Result<Cgroup> Cgroup::descend(const std::map<std::string, std::string>& paths) const {
  Cgroup result = *this;
  for (const auto& [controller, path] : paths) {
    if (!controller.empty() && layout_.find(controller) == nullptr) {
      return Failure(ErrorKind::kInvalidArgument, "unknown controller {}: this host has none of that name", controller);
    }
    for (const auto& hierarchy : layout_.hierarchies) {
      const bool meant = controller.empty() || layout_.find(controller) == &hierarchy;
      if (meant) result.below_[hierarchy.mount_point] = path;
    }
  }
  return result;
}

std::string Cgroup::directory_in(const CgroupHierarchy& hierarchy) const {
  const auto below = below_.find(hierarchy.mount_point);
  return hierarchy.mount_point + path_ + (below == below_.end() ? "" : below->second);
}

std::optional<std::string> Cgroup::directory(const std::string& controller) const {
  const CgroupHierarchy* hierarchy = layout_.find(controller);
  if (hierarchy == nullptr || empty()) return std::nullopt;
  return directory_in(*hierarchy);
}

std::vector<std::string> Cgroup::directories() const {
  std::vector<std::string> result;
  for (const auto& hierarchy : layout_.hierarchies) {
    if (!empty()) result.push_back(directory_in(hierarchy));
  }
  return result;
}

Result<void> Cgroup::create() const {
  for (const auto& hierarchy : layout_.hierarchies) TRY(create_in(hierarchy, path_));
  return {};
}

Result<std::vector<UniqueFd>> Cgroup::open_entrances() const {
  std::vector<UniqueFd> entrances;
  for (const auto& hierarchy : layout_.hierarchies) {
    if (hierarchy.version == CgroupVersion::kV2) continue;
    entrances.push_back(TRY(open(directory_in(hierarchy) + "/tasks", O_WRONLY)));
  }
  return entrances;
}

Result<std::optional<UniqueFd>> Cgroup::open_birthplace() const {
  std::optional<UniqueFd> birthplace;
  for (const auto& hierarchy : layout_.hierarchies) {
    if (hierarchy.version == CgroupVersion::kV1) continue;
    birthplace = TRY(open(directory_in(hierarchy), O_RDONLY | O_DIRECTORY));
  }
  return birthplace;
}

Result<void> Cgroup::enter(const std::vector<UniqueFd>& entrances) {
  for (const auto& entrance : entrances) TRY(write_all(entrance, "0", "the tasks of a cgroup"));
  return {};
}

Result<void> Cgroup::freeze() const {
  if (const auto directory = this->directory("freezer")) {
    TRY(write_file(*directory + "/freezer.state", "FROZEN"));
    return await_content(*directory + "/freezer.state", "FROZEN");
  }
  for (const auto& directory : directories()) {
    if (!os::exists(directory + "/cgroup.freeze")) continue;
    TRY(write_file(directory + "/cgroup.freeze", "1"));
    return await_content(directory + "/cgroup.events", "frozen 1");
  }
  return Failure(ErrorKind::kUnsupported, "this host has no cgroup freezer, so {} cannot be paused", path_);
}

Result<void> Cgroup::thaw() const {
  if (const auto directory = this->directory("freezer")) {
    return write_file(*directory + "/freezer.state", "THAWED");
  }
  for (const auto& directory : directories()) {
    if (os::exists(directory + "/cgroup.freeze")) return write_file(directory + "/cgroup.freeze", "0");
  }
  return Failure(ErrorKind::kUnsupported, "this host has no cgroup freezer, so {} cannot be resumed", path_);
}

bool Cgroup::is_frozen() const {
  if (const auto directory = this->directory("freezer")) {
    const auto state = read_file(*directory + "/freezer.state");
    return state.ok() && trim(*state) == "FROZEN";
  }
  for (const auto& directory : directories()) {
    const auto events = read_file(directory + "/cgroup.events");
    if (events.ok() && events->find("frozen 1") != std::string::npos) return true;
  }
  return false;
}

Result<std::vector<pid_t>> Cgroup::processes() const {
  std::vector<pid_t> pids;
  const auto all = directories();
  if (!all.empty()) collect_processes(directory("pids").value_or(all.front()), pids);
  return pids;
}

Result<void> Cgroup::signal_all(int signal) const {
  if (signal == SIGKILL) {
    for (const auto& hierarchy : layout_.hierarchies) {
      // cgroup.kill (Linux 5.14) misses no process that forks meanwhile.
      if (hierarchy.version == CgroupVersion::kV1 || empty()) continue;
      if (write_file(directory_in(hierarchy) + "/cgroup.kill", "1").ok()) return {};
    }
  }
  // One that forks while we read the list has a child that the next round meets.
  for (int round = 0; round < (signal == SIGKILL ? 20 : 1); ++round) {
    const auto pids = TRY(processes());
    if (pids.empty()) break;
    for (const pid_t pid : pids) ::kill(pid, signal);
    if (signal == SIGKILL) pause_round(round);
  }
  return {};
}

Result<void> Cgroup::remove() const {
  Result<void> first;
  for (const auto& directory : directories()) {
    auto removed = remove_patiently(directory);
    if (first.ok() && !removed.ok()) first = std::move(removed);
  }
  return first;
}

}  // namespace tare::os
