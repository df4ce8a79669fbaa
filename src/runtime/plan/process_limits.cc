#include "runtime/plan/process_limits.h"

#include <sys/resource.h>

#include <map>

namespace tare::runtime {
namespace {

uint64_t mask_of(const std::vector<std::string>& names, int last) {
  uint64_t mask = 0;
  for (const auto& name : names) {
    const auto capability = os::parse_capability(name);
    if (capability && *capability <= last) mask |= uint64_t{1} << *capability;
  }
  return mask;
}

Result<ResourceLimit> plan_limit(const oci::Rlimit& limit) {
  static const std::map<std::string, int> kResources = {
      {"RLIMIT_CPU", RLIMIT_CPU},      {"RLIMIT_FSIZE", RLIMIT_FSIZE},       {"RLIMIT_DATA", RLIMIT_DATA},
      {"RLIMIT_STACK", RLIMIT_STACK},  {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_NPROC", RLIMIT_NPROC},  {"RLIMIT_NOFILE", RLIMIT_NOFILE},     {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
      {"RLIMIT_AS", RLIMIT_AS},        {"RLIMIT_LOCKS", RLIMIT_LOCKS},       {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
      {"RLIMIT_NICE", RLIMIT_NICE},    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
      {"RLIMIT_RTTIME", RLIMIT_RTTIME}};
  const auto found = kResources.find(limit.type);
  if (found == kResources.end()) {
    return Failure(ErrorKind::kInvalidArgument, "process.rlimits: {} is no resource limit", limit.type);
  }
  if (limit.soft > limit.hard) {
    return Failure(ErrorKind::kInvalidArgument, "process.rlimits: {}: soft limit {} is above hard limit {}", limit.type,
                   limit.soft, limit.hard);
  }
  return ResourceLimit{found->second, limit.soft, limit.hard, limit.type};
}

}  // namespace

Result<ProcessPlan> plan_process(const oci::Process& process) {
  ProcessPlan plan;
  const int last = os::last_capability();
  if (const auto& names = process.capabilities) {
    plan.capabilities = {mask_of(names->bounding, last), mask_of(names->effective, last),
                         mask_of(names->inheritable, last), mask_of(names->permitted, last),
                         mask_of(names->ambient, last)};
    // The kernel raises only what is inheritable and permitted (capabilities(7)); runc's own template asks for more.
    plan.capabilities.ambient &= plan.capabilities.inheritable & plan.capabilities.permitted;
  }
  for (const auto& limit : process.rlimits) plan.limits.push_back(TRY(plan_limit(limit)));
  return plan;
}

}  // namespace tare::runtime
