#include <signal.h>

#include <cerrno>
#include <set>

#include "os/file.h"
#include "runtime/runtime.h"

namespace tare::runtime {
namespace {

bool is_dead(const std::string& number) {
  const auto pid = parse_unsigned(number);
  return pid && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH;
}

}  // namespace

void sweep_groups_of_dead(const std::string& parent, const std::string& prefix) {
  const auto group = os::Cgroup::find(parent);
  if (!group.ok()) return;
  std::set<std::string> stale;
  for (const auto& directory : group->directories()) {
    for (const auto& name : os::list_directory(directory).value_or({})) {
      if (name.starts_with(prefix) && is_dead(name.substr(prefix.size()))) stale.insert(name);
    }
  }
  for (const auto& name : stale) {
    // One that still has processes stays: rmdir refuses, and so does this.
    const os::Cgroup one(group->layout(), formatted("{}/{}", parent, name));
    const auto processes = one.processes();
    if (processes.ok() && processes->empty()) (void)one.remove().ok();
  }
}

}  // namespace tare::runtime
