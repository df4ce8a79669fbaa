// The devices of CDI that a container asks for: which file describes each, and what that makes of the container's
// configuration.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/cdi_spec.h"

namespace tare::engine {

// /etc/cdi and /var/run/cdi, or those of TARE_CDI_SPEC_DIRS (separated by colons); what a later one describes replaces
// the same device of an earlier one.
std::vector<std::string> cdi_directories();

// The edits of these devices ("vendor.com/class=name"), in order: before those of a device those of its file, once.
// Device nodes have the type and number of the host's. kNotFound for a device that no file describes, kConflict for one
// that two files of a directory describe. A file that cannot be read is in the way of no other file's devices.
Result<std::vector<CdiEdits>> find_cdi_edits(const std::vector<std::string>& names,
                                             const std::vector<std::string>& directories);

// All but the device nodes, which plan_devices adds.
void apply_cdi_edits(oci::RuntimeSpec& spec, const CdiEdits& edits);

}  // namespace tare::engine
