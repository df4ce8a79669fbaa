#include "os/delegation.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>

#include "os/file.h"

namespace tare::os {
namespace {

constexpr std::string_view kMountPoint = "/sys/fs/cgroup";
constexpr std::string_view kLeaf = "/tare-callers";
constexpr int kRounds = 20;  // of moving processes that fork meanwhile

bool is_pure_v2() {
  struct statfs status {};
  return ::statfs(kMountPoint.data(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

// What has to be written to divide a group and to put processes into its parts.
bool is_ours(const std::string& directory) {
  for (const char* file : {"", "/cgroup.procs", "/cgroup.subtree_control"}) {
    if (::access((directory + file).c_str(), W_OK) != 0) return false;
  }
  return true;
}

std::vector<std::string> missing_controllers(const std::string& directory) {
  const auto offered = split(trim(read_file(directory + "/cgroup.controllers").value_or("")), ' ');
  const auto enabled = split(trim(read_file(directory + "/cgroup.subtree_control").value_or("")), ' ');
  std::vector<std::string> missing;
  for (const auto& controller : offered) {
    const bool is_enabled = std::find(enabled.begin(), enabled.end(), controller) != enabled.end();
    if (!controller.empty() && !is_enabled) missing.push_back(controller);
  }
  return missing;
}

Result<void> hand_down(const std::string& directory, const std::vector<std::string>& controllers) {
  for (const auto& controller : controllers) {
    TRY(write_file(directory + "/cgroup.subtree_control", "+" + controller));
  }
  return {};
}

Result<void> move_processes(const std::string& from, const std::string& to) {
  for (int round = 0; round < kRounds; ++round) {
    const auto text = TRY(read_file(from + "/cgroup.procs"));
    if (trim(text).empty()) return {};
    for (const auto& pid : split(trim(text), '\n')) {
      auto moved = write_file(to + "/cgroup.procs", pid);
      if (!moved.ok() && moved.error().errno_value() != ESRCH) return moved;
    }
  }
  return Failure(ErrorKind::kConflict, "processes keep appearing in {}", from);
}

}  // namespace

std::optional<std::string> parse_own_cgroup(std::string_view text) {
  for (const auto& line : split(text, '\n')) {
    if (!line.starts_with("0::/")) continue;
    std::string path = line.substr(3);
    if (path.ends_with(kLeaf)) path.resize(path.size() - kLeaf.size());
    return path;
  }
  return std::nullopt;
}

std::optional<std::string> find_delegated_cgroup() {
  if (!is_pure_v2()) return std::nullopt;
  const auto text = read_file("/proc/self/cgroup");
  auto path = text.ok() ? parse_own_cgroup(*text) : std::nullopt;
  if (!path || path->size() < 2 || !is_ours(std::string(kMountPoint) + *path)) return std::nullopt;
  return path;
}

Result<void> make_divisible(const std::string& path) {
  const std::string directory = std::string(kMountPoint) + path;
  const auto missing = missing_controllers(directory);
  if (missing.empty()) return {};
  // First, not when handing down fails: cpu and pids succeed with processes in the group, and make it one that can have
  // none of the other controllers (a threaded one).
  const std::string leaf = directory + std::string(kLeaf);
  auto made = make_directory(leaf);
  if (!made.ok() && made.error().kind() != ErrorKind::kAlreadyExists) return made;
  TRY(move_processes(directory, leaf));
  return hand_down(directory, missing);
}

}  // namespace tare::os
