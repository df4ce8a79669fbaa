// Which ids of the host a container with --userns=auto has. They are its own until it is removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/user_namespace.h"

namespace tare::engine {

struct EngineCore;

struct IdRange {
  uint32_t first_uid = 0;
  uint32_t first_gid = 0;
  uint32_t size = 0;
};

// The lowest first id of `size` free ones in a row; nothing when the pool has none left. Pure.
std::optional<uint32_t> find_free_ids(const os::SubordinateIds& pool, std::vector<os::SubordinateIds> taken,
                                      uint32_t size);

// The container's range; takes one when it has none yet. kExhausted when the pool is used up.
Result<IdRange> take_id_range(EngineCore& core, const std::string& container_id, uint32_t size);
Result<void> drop_id_range(EngineCore& core, const std::string& container_id);

}  // namespace tare::engine
