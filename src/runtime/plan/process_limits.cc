#include "runtime/plan/process_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <set>

namespace tare::runtime {
namespace {

// The capabilities of a set, and which of them cannot be granted.
class CapabilityReader {
 public:
  explicit CapabilityReader(uint64_t grantable) : grantable_(grantable) {}

  uint64_t mask_of(const std::vector<std::string>& names) {
    uint64_t mask = 0;
    for (const auto& name : names) {
      const auto capability = os::parse_capability(name);
      const uint64_t bit = capability && *capability <= last_ ? (uint64_t{1} << *capability) & grantable_ : 0;
      mask |= bit;
      if (bit == 0) refused_.insert(name);
    }
    return mask;
  }
  std::vector<std::string> refused() const { return {refused_.begin(), refused_.end()}; }

 private:
  const int last_ = os::last_capability();
  uint64_t grantable_;
  std::set<std::string> refused_;
};

os::CapabilitySets plan_capabilities(const oci::Capabilities& names, CapabilityReader& reader) {
  os::CapabilitySets sets{reader.mask_of(names.bounding), reader.mask_of(names.effective),
                          reader.mask_of(names.inheritable), reader.mask_of(names.permitted),
                          reader.mask_of(names.ambient)};
  // The kernel raises only what is inheritable and permitted (capabilities(7)); runc's own template asks for more.
  sets.ambient &= sets.inheritable & sets.permitted;
  return sets;
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

Result<ProcessPlan> plan_process(const oci::Process& process, const oci::LinuxSection& section,
                                 const HostFacts& facts) {
  ProcessPlan plan;
  plan.scheduling = TRY(plan_scheduling(process, section));
  if (const auto& names = process.capabilities) {
    CapabilityReader reader(facts.held_capabilities);
    plan.capabilities = plan_capabilities(*names, reader);
    plan.not_granted = reader.refused();
  }
  for (const auto& limit : process.rlimits) {
    const auto next = TRY(plan_limit(limit));
    const bool twice = std::any_of(plan.limits.begin(), plan.limits.end(),
                                   [&](const auto& earlier) { return earlier.resource == next.resource; });
    if (twice) return Failure(ErrorKind::kInvalidArgument, "process.rlimits: {} is there twice", limit.type);
    plan.limits.push_back(next);
  }
  return plan;
}

}  // namespace tare::runtime
