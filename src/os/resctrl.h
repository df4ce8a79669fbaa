// The resctrl file system (Intel RDT, AMD QoS, Arm MPAM): groups of processes that share a part of the caches and of
// the memory bandwidth. Linux: Documentation/filesystems/resctrl.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tare::os {

std::string find_resctrl();  // where it is mounted; empty: nowhere
// What can be shared out ("L3", "L3CODE", "L2", "MB"), and "L3_MON" where it can be measured.
std::set<std::string> resctrl_resources(const std::string& mount);

// Of a group, as far as this machine tells them.
struct ResctrlStatistics {
  struct Cache {
    std::string mask;
    uint64_t least_bits = 0;
    uint64_t groups = 0;  // as many as there can be
  };
  struct Bandwidth {
    uint64_t step = 0;  // percent
    uint64_t linear = 0;
    uint64_t least = 0;
    uint64_t groups = 0;
  };
  struct Domain {                       // one L3 cache
    std::optional<uint64_t> occupancy;  // bytes
    std::optional<uint64_t> total_traffic;
    std::optional<uint64_t> local_traffic;
  };
  std::optional<Cache> cache;
  std::optional<Bandwidth> bandwidth;
  std::vector<std::string> root_schemata;
  std::vector<std::string> schemata;
  std::vector<Domain> domains;  // of the monitoring group
};

// `group` and `monitor` are directories; without a monitoring group of its own `monitor` is the group again.
ResctrlStatistics read_resctrl_statistics(const std::string& mount, const std::string& group,
                                          const std::string& monitor);

}  // namespace tare::os
