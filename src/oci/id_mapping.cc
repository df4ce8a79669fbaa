#include "oci/id_mapping.h"

namespace tare::oci {

std::optional<uint32_t> host_id(const std::vector<IdMapping>& mappings, uint32_t container_id) {
  for (const auto& mapping : mappings) {
    const bool inside = container_id >= mapping.container_id && container_id - mapping.container_id < mapping.size;
    if (inside) return mapping.host_id + (container_id - mapping.container_id);
  }
  return std::nullopt;
}

}  // namespace tare::oci
