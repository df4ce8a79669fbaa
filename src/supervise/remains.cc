#include "supervise/remains.h"

#include <signal.h>

#include "os/cgroup.h"
#include "os/file.h"
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

}  // namespace

Result<void> remove_remains(const std::string& data_directory) {
  if (ended_well(data_directory)) return {};
  const std::string path = data_directory + "/supervisor.json";
  const auto json = TRY(os::read_file(path));
  const auto config = TRY(Config::parse(json).context(path));
  if (config.cgroup_path.empty()) return {};
  const auto cgroup = TRY(os::Cgroup::find(config.cgroup_path));
  if (!cgroup.exists()) return {};
  TRY(cgroup.signal_all(SIGKILL));
  (void)cgroup.thaw();  // what is frozen does not die on version 1
  return cgroup.remove();
}

}  // namespace tare::supervise
