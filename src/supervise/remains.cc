#include "supervise/remains.h"

#include <signal.h>

#include "oci/runtime_spec.h"
#include "os/cgroup.h"
#include "os/file.h"
#include "runtime/apply/resctrl.h"
#include "supervise/config.h"
#include "supervise/state.h"

namespace tare::supervise {
namespace {

bool ended_well(const std::string& data_directory) {
  const auto json = os::read_file(data_directory + "/state.json");
  if (!json) return true;
  const auto state = State::parse(*json);
  return state && (state->status == Status::kExited || state->status == Status::kCreated);
}

// Groups of resctrl that have the container's name.
Result<void> remove_shares(const std::string& data_directory, const std::string& id) {
  const auto json = os::read_file(data_directory + "/config.json");
  if (!json.ok()) return {};
  const auto spec = TRY(oci::RuntimeSpec::parse(*json));
  const auto plan = TRY(runtime::find_resctrl_groups(spec, id));
  if (!plan) return {};
  std::vector<std::string> groups;
  if (!plan->monitor.empty()) groups.push_back(plan->monitor);
  if (!plan->is_named) groups.push_back(plan->group);
  return runtime::remove_resctrl_groups(groups);
}

}  // namespace

Result<void> remove_remains(const std::string& data_directory) {
  if (ended_well(data_directory)) return {};
  const std::string path = data_directory + "/supervisor.json";
  const auto json = TRY(os::read_file(path));
  const auto config = TRY(Config::parse(json).context(path));
  TRY(remove_shares(data_directory, config.container_id));
  if (config.cgroup_path.empty()) return {};
  const auto cgroup = TRY(os::Cgroup::find(config.cgroup_path));
  if (!cgroup.exists()) return {};
  TRY(cgroup.signal_all(SIGKILL));
  (void)cgroup.thaw();  // what is frozen does not die on version 1
  return cgroup.remove();
}

}  // namespace tare::supervise
