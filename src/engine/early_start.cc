#include "engine/early_start.h"

#include "engine/core.h"
#include "network/network.h"
#include "os/namespace.h"

namespace tare::engine {
namespace {

// Not in a user namespace, an ordinary user's or any other: the host's network is not its own, so that no thread could
// come back.
bool gets_network_namespace(const ContainerOptions& options) {
  if (is_rootless() || os::in_user_namespace()) return false;
  const bool own_users = !options.userns_mode.empty() && options.userns_mode != "host";
  return options.network != "host" && !options.network.starts_with("container:") && !own_users;
}

}  // namespace

Result<EarlyStart> EarlyStart::begin(const os::Paths& paths, const ContainerOptions& options) {
  const auto program = TRY(os::find_own_program("tare-supervisor"));
  EarlyStart early{.supervisor = supervise::Standby::begin(program, paths.containers())};
  // Without a thread to spare it is made when it is taken.
  constexpr auto kPolicy = std::launch::async | std::launch::deferred;
  if (gets_network_namespace(options)) early.network_namespace = std::async(kPolicy, network::create_namespace);
  return early;
}

Result<UniqueFd> EarlyStart::take_network_namespace() {
  return network_namespace.valid() ? network_namespace.get() : Result<UniqueFd>(UniqueFd());
}

}  // namespace tare::engine
