// --security-opt and --privileged: what confines a container.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/container_options.h"
#include "oci/runtime_spec.h"

namespace tare::engine {

// Refuses what is no such option. The file of seccomp=FILE is read here, once: the option becomes seccomp=JSON, as in
// Docker, and the container keeps its profile when the file changes.
Result<void> resolve_security_options(std::vector<std::string>& options);

// Needs the capabilities of `spec`, on which the filter depends. What takes a module that this host lacks (AppArmor,
// SELinux) is kUnsupported.
Result<void> plan_security(oci::RuntimeSpec& spec, const ContainerOptions& options);

}  // namespace tare::engine
