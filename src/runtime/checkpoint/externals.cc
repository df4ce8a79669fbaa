#include "runtime/checkpoint/externals.h"

#include <sched.h>

#include <algorithm>

namespace tare::runtime {
namespace {

using oci::NamespaceType;

bool is_inherited(NamespaceType type) { return type == NamespaceType::kNetwork || type == NamespaceType::kPid; }

}  // namespace

std::vector<ExternalMount> external_mounts(const Plan& plan) {
  std::vector<ExternalMount> result;
  for (const auto& step : plan.mounts) {
    if (step.kind == MountStep::Kind::kBind) result.push_back({step.destination, step.source});
  }
  if (!plan.populate_dev || !plan.namespaces.creates_or_joins(CLONE_NEWUSER)) return result;
  for (const auto& node : plan.devices) result.push_back({node.path, node.path});
  return result;
}

std::vector<ExternalNamespace> inherited_namespaces(const oci::LinuxSection& section) {
  std::vector<ExternalNamespace> result;
  for (const auto& space : section.namespaces) {
    if (!space.path.empty() && is_inherited(space.type)) result.push_back({space.type, space.path});
  }
  return result;
}

Result<std::vector<ExternalNamespace>> joined_namespaces(const oci::LinuxSection& section) {
  std::vector<ExternalNamespace> result;
  for (const auto& space : section.namespaces) {
    if (space.path.empty() || is_inherited(space.type)) continue;
    if (space.type == NamespaceType::kCgroup || space.type == NamespaceType::kMount) {
      return Failure(ErrorKind::kUnsupported, "criu cannot restore into the {} namespace {}",
                     oci::to_string(space.type), space.path);
    }
    result.push_back({space.type, space.path});
  }
  return result;
}

std::string external_key(NamespaceType type) { return type == NamespaceType::kPid ? "extRootPidNS" : "extRootNetNS"; }

std::string kernel_name(NamespaceType type) {
  if (type == NamespaceType::kNetwork) return "net";
  if (type == NamespaceType::kMount) return "mnt";
  return std::string(oci::to_string(type));
}

bool has_new(const oci::LinuxSection& section, NamespaceType type) {
  const auto& spaces = section.namespaces;
  return std::any_of(spaces.begin(), spaces.end(),
                     [&](const auto& space) { return space.type == type && space.path.empty(); });
}

}  // namespace tare::runtime
