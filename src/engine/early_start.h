// What can begin before anybody knows which container it is for: its supervisor's process and its network namespace,
// each on a thread of its own. They take about as long as finding the image and planning the container does.
#pragma once

#include <future>

#include "base/fd.h"
#include "base/result.h"
#include "engine/container_options.h"
#include "os/paths.h"
#include "supervise/standby.h"

namespace tare::engine {

struct EarlyStart {
  // Failures are told by those who take the results.
  static Result<EarlyStart> begin(const os::Paths& paths, const ContainerOptions& options);

  // The namespace, with lo up; invalid where the container gets none, or where only the runtime can make it: in another
  // user namespace.
  Result<UniqueFd> take_network_namespace();

  supervise::Standby supervisor;
  std::future<Result<UniqueFd>> network_namespace;  // not valid: none was begun
};

}  // namespace tare::engine
