// linux.intelRdt: which group of the resctrl file system a container is put into, and what the group may use. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/host_facts.h"

namespace tare::runtime {

struct ResctrlPlan {
  std::string mount;
  std::string group;  // a directory; the mount itself is the group that all are in by default
  // By closID: others may be in the group, so it has to be as asked already when it is there, and it stays when the
  // container goes. Else it is the container's own.
  bool is_named = false;
  std::vector<std::string> schemata;  // lines, in the order in which they are written
  std::string monitor;                // the container's monitoring group, a directory; empty: none
};

// Nothing without linux.intelRdt. `id` is the container's.
Result<std::optional<ResctrlPlan>> plan_resctrl(const oci::LinuxSection& section, const HostFacts& facts,
                                                const std::string& id);

// The first of `lines` that a group's schemata do not say, with what they say in its place. Numbers are compared as the
// kernel writes them: padded, and caches in any order. Domains that a line does not name are the group's own affair.
std::optional<std::string> find_mismatch(const std::vector<std::string>& lines, std::string_view schemata);

}  // namespace tare::runtime
