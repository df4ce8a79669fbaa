#include <unistd.h>

#include <cstdlib>

#include "engine/core.h"

namespace tare::engine {

Result<std::string> find_runtime(const std::string& name) {
  if (name.empty() || name == "tare") return std::string();
  if (is_rootless()) {
    return Error(ErrorKind::kUnsupported, "--runtime needs root: another runtime cannot see an ordinary user's mounts");
  }
  const auto* path = std::getenv("PATH");
  auto places = split(path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':');
  if (name.find('/') != std::string::npos) places = {""};
  for (const auto& place : places) {
    const auto program = place.empty() ? name : place + "/" + name;
    if (program.starts_with('/') && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return Failure(ErrorKind::kInvalidArgument, "Unknown runtime specified {}", name)
      .with_hint("give a program in PATH such as crun or runc, or an absolute path");
}

}  // namespace tare::engine
