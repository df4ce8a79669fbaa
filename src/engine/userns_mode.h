// --userns: whose user namespace a container lives in. "" and "host": its root is the host's. "auto" and "auto:size=N":
// it has a range of ids of its own, and its root is nobody outside. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "engine/container_options.h"

namespace tare::engine {

struct UsernsMode {
  bool automatic = false;
  // Of ids, from 0 on. All that images use in practice: what lies beyond belongs to nobody inside.
  uint32_t size = 65'536;
};
Result<UsernsMode> parse_userns_mode(const std::string& text);

// What cannot be had together with ids of one's own, in Docker's words where it has some.
Result<void> check_userns(const ContainerOptions& options);

}  // namespace tare::engine
