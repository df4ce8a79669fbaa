// Capabilities of the calling process, as bit masks (bit N is capability number N of linux/capability.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::os {

struct CapabilitySets {
  uint64_t bounding = 0;
  uint64_t effective = 0;
  uint64_t inheritable = 0;
  uint64_t permitted = 0;
  uint64_t ambient = 0;
};

// "CAP_NET_RAW" in any case, with or without "CAP_"; nothing for an unknown name.
std::optional<int> parse_capability(std::string_view name);
std::vector<std::string> all_capability_names();  // by number
int last_capability();                            // the highest number that this kernel knows
uint64_t held_capabilities();                     // the permitted set of the calling process

// Drops everything else from the bounding set; needs CAP_SETPCAP.
Result<void> limit_bounding_set(uint64_t bounding);
// Permitted, effective and inheritable.
Result<void> set_capabilities(const CapabilitySets& sets);
Result<void> set_ambient_set(uint64_t ambient);
// Whether the permitted set survives setuid(2) away from root.
Result<void> keep_capabilities_across_setuid(bool keep);

}  // namespace tare::os
