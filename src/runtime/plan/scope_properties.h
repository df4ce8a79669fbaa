// Limits as properties of a systemd unit (systemd.resource-control), on cgroup v2: systemd writes its own idea of a
// group whenever it reloads, so it has to know what was written to the files.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

// "MemoryMax=1048576", with the names and units of D-Bus: bytes, microseconds, "infinity". What systemd has no property
// for is left to the files alone.
std::vector<std::string> plan_scope_properties(const oci::Resources& resources);

struct ScopeName {
  std::string slice;  // "machine.slice"
  std::string unit;   // "tare-web.scope"
};
// linux.cgroupsPath as the systemd cgroup manager takes it, "slice:prefix:name"; empty parts are `default_slice`, none
// and the container's id.
Result<ScopeName> parse_scope_name(const std::string& cgroups_path, const std::string& id,
                                   const std::string& default_slice);

}  // namespace tare::runtime
