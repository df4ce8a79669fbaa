#include "runtime/plan/namespaces.h"

#include <algorithm>
#include <map>

#include "os/namespace.h"

namespace tare::runtime {
namespace {

Result<std::string> plan_time_offsets(const std::map<std::string, oci::TimeOffset>& offsets) {
  std::string lines;
  for (const auto& [clock, offset] : offsets) {
    if (clock != "monotonic" && clock != "boottime") {
      return Failure(ErrorKind::kInvalidArgument, "linux.timeOffsets: {} is no clock (monotonic, boottime)", clock);
    }
    if (offset.nanosecs >= 1'000'000'000) {
      return Failure(ErrorKind::kInvalidArgument, "linux.timeOffsets.{}.nanosecs: {} is a second or more", clock,
                     offset.nanosecs);
    }
    lines += formatted("{} {} {}\n", clock, offset.secs, offset.nanosecs);
  }
  return lines;
}

void plan_creation(int kind, NamespacePlan& plan) {
  if (kind == CLONE_NEWTIME && !plan.time_offsets.empty()) return;
  if (kind == CLONE_NEWCGROUP) {
    plan.new_cgroup_namespace = true;
    return;
  }
  plan.created |= static_cast<uint64_t>(kind);
  plan.new_network |= kind == CLONE_NEWNET;
  plan.new_user |= kind == CLONE_NEWUSER;
}

Result<void> check(const NamespacePlan& plan, const oci::LinuxSection& section) {
  if (!plan.creates_or_joins(CLONE_NEWNS)) {
    return Failure(ErrorKind::kUnsupported, "linux.namespaces: a container without a mount namespace is not supported");
  }
  // Its mounts and its root are changed for the container, which would pull the root from under who lives in it.
  const bool joins_mounts = (plan.created & CLONE_NEWNS) == 0;
  if (joins_mounts)
    return Failure(ErrorKind::kUnsupported, "linux.namespaces: a mount namespace by path is not supported");
  const bool new_time = std::any_of(section.namespaces.begin(), section.namespaces.end(), [](const auto& space) {
    return space.type == oci::NamespaceType::kTime && space.path.empty();
  });
  if (!plan.time_offsets.empty() && !new_time) {
    return Failure(ErrorKind::kInvalidArgument, "linux.timeOffsets needs a new time namespace");
  }
  const bool mapped = !section.uid_mappings.empty() || !section.gid_mappings.empty();
  if (plan.new_user && (section.uid_mappings.empty() || section.gid_mappings.empty())) {
    return Failure(ErrorKind::kInvalidArgument, "linux.uidMappings and gidMappings: a new user namespace needs both");
  }
  if (mapped && !plan.new_user && !plan.creates_or_joins(CLONE_NEWUSER)) {
    return Failure(ErrorKind::kInvalidArgument, "linux.uidMappings: there is no user namespace to map in");
  }
  return {};
}

}  // namespace

bool NamespacePlan::creates_or_joins(int kind) const {
  if (kind == CLONE_NEWCGROUP && new_cgroup_namespace) return true;
  return (created & static_cast<uint64_t>(kind)) != 0 ||
         std::any_of(joins.begin(), joins.end(), [&](const auto& join) { return join.kind == kind; });
}

int clone_flag(oci::NamespaceType type) {
  switch (type) {
    case oci::NamespaceType::kPid:
      return CLONE_NEWPID;
    case oci::NamespaceType::kNetwork:
      return CLONE_NEWNET;
    case oci::NamespaceType::kMount:
      return CLONE_NEWNS;
    case oci::NamespaceType::kIpc:
      return CLONE_NEWIPC;
    case oci::NamespaceType::kUts:
      return CLONE_NEWUTS;
    case oci::NamespaceType::kUser:
      return CLONE_NEWUSER;
    case oci::NamespaceType::kCgroup:
      return CLONE_NEWCGROUP;
    case oci::NamespaceType::kTime:
      return CLONE_NEWTIME;
  }
  return 0;
}

Result<NamespacePlan> plan_namespaces(const oci::LinuxSection& section) {
  NamespacePlan plan;
  plan.time_offsets = TRY(plan_time_offsets(section.time_offsets));
  for (const auto& space : section.namespaces) {
    const int kind = clone_flag(space.type);
    if (plan.creates_or_joins(kind)) {
      return Failure(ErrorKind::kInvalidArgument, "linux.namespaces: {} is there twice", oci::to_string(space.type));
    }
    if (space.path.empty()) {
      plan_creation(kind, plan);
    } else {
      plan.joins.push_back({kind, space.path});
    }
  }
  std::stable_partition(plan.joins.begin(), plan.joins.end(),
                        [](const auto& join) { return join.kind == CLONE_NEWUSER; });
  plan.joins_before_clone = std::any_of(plan.joins.begin(), plan.joins.end(), [&](const auto& join) {
    return join.kind == CLONE_NEWUSER || join.kind == CLONE_NEWPID || plan.new_user;
  });
  TRY(check(plan, section));
  return plan;
}

}  // namespace tare::runtime
