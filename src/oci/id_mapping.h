// What an id of a container is outside of its user namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "oci/runtime_spec.h"

namespace tare::oci {

std::optional<uint32_t> host_id(const std::vector<IdMapping>& mappings, uint32_t container_id);

}  // namespace tare::oci
