// Which namespaces are made at the clone, and which are joined, and by whom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/host_facts.h"

namespace tare::runtime {

struct NamespaceJoin {
  int kind = 0;  // a CLONE_NEW… flag
  std::string path;
};

struct NamespacePlan {
  uint64_t created = 0;               // CLONE_NEW… flags of the clone, without CLONE_NEWCGROUP
  bool new_cgroup_namespace = false;  // unshared by init once it is in its cgroup, which becomes the namespace's root
  // "monotonic 3600 0\n…" for the time namespace, which init makes then: the clocks can be set only before a process
  // is in it. Empty: there are none, and a time namespace is made at the clone.
  std::string time_offsets;
  bool new_network = false;
  bool new_user = false;
  std::vector<NamespaceJoin> joins;  // in the order to join: user first
  // A pid namespace takes in only children, and a joined (or new) user namespace decides what may be joined and who
  // owns what is made: then a process between the caller and init does the joining, and init is born from it as the
  // caller's child.
  bool joins_before_clone = false;

  bool creates_or_joins(int kind) const;
};

int clone_flag(oci::NamespaceType type);
Result<NamespacePlan> plan_namespaces(const oci::LinuxSection& section);

}  // namespace tare::runtime
