#include "exec_cgroup.h"

#include <filesystem>

#include "os/file.h"

namespace tare::cmd {
namespace {

// "sub/group" with or without a slash in front; nothing that would lead out of the container's group.
Result<std::string> clean_path(const std::string& path) {
  const auto clean = std::filesystem::path(path).lexically_normal().string();
  if (clean == ".." || clean.starts_with("../") || clean.starts_with("/..")) {
    return Failure(ErrorKind::kInvalidArgument, "--cgroup: bad sub cgroup path: {}", path);
  }
  if (clean == "/" || clean == ".") return std::string();
  return clean.starts_with('/') ? clean : "/" + clean;
}

Result<void> add(std::map<std::string, std::string>& paths, const std::string& controller, const std::string& path) {
  if (controller.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "invalid --cgroup argument: :{} (empty <controller> prefix)", path);
  }
  if (paths.contains(controller)) {
    return Failure(ErrorKind::kInvalidArgument, "invalid --cgroup argument(s): controller {} specified multiple times",
                   controller);
  }
  paths[controller] = TRY(clean_path(path));
  return {};
}

Result<void> check_exists(const os::Cgroup& cgroup) {
  for (const auto& directory : cgroup.directories()) {
    if (os::exists(directory)) continue;
    return Failure(ErrorKind::kNotFound,
                   "--cgroup: adding pid of the new process: open {}/cgroup.procs: no such file "
                   "or directory",
                   directory);
  }
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> parse_cgroup_flags(const std::vector<std::string>& values) {
  std::map<std::string, std::string> paths;
  for (const auto& value : values) {
    const auto parts = cut(value, ':');
    if (!parts && values.size() > 1) {
      return Failure(ErrorKind::kInvalidArgument, "invalid --cgroup argument: {} (missing <controller>: prefix)",
                     value);
    }
    if (!parts) {
      paths[""] = TRY(clean_path(value));
      continue;
    }
    for (const auto& controller : split(parts->first, ',')) {
      TRY(add(paths, controller, std::string(parts->second)));
    }
  }
  return paths;
}

Result<os::Cgroup> exec_cgroup(const os::Cgroup& container, const std::vector<std::string>& values) {
  if (values.empty()) return container;
  const auto paths = TRY(parse_cgroup_flags(values));
  if (container.empty()) return Failure(ErrorKind::kUnsupported, "--cgroup: the container has no cgroup of its own");
  os::Cgroup group = TRY(container.descend(paths));
  TRY(check_exists(group));
  return group;
}

}  // namespace tare::cmd
