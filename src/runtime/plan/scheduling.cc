#include "runtime/plan/scheduling.h"

#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>

#include <span>
#include <string_view>

namespace tare::runtime {
namespace {

constexpr unsigned kHighestNumber = 8191;  // of a processor or a node

// The headers of Linux 6.1 on have macros for these that C++ cannot read.
constexpr int kIoClassShift = 13;

template <typename Number>
struct Named {
  std::string_view name;
  Number number;
};

template <typename Number>
Result<Number> number_of(std::span<const Named<Number>> names, const std::string& name, const std::string& property) {
  for (const auto& one : names) {
    if (one.name == name) return Number{one.number};
  }
  return Failure(ErrorKind::kInvalidArgument, "{}: {} is unknown", property, name);
}

template <typename Number>
Result<Number> flags_of(std::span<const Named<Number>> names, const std::vector<std::string>& given,
                        const std::string& property) {
  Number flags = 0;
  for (const auto& name : given) flags |= TRY(number_of(names, name, property));
  return Number{flags};
}

constexpr Named<uint32_t> kPolicies[] = {{"SCHED_OTHER", SCHED_NORMAL}, {"SCHED_FIFO", SCHED_FIFO},
                                         {"SCHED_RR", SCHED_RR},        {"SCHED_BATCH", SCHED_BATCH},
                                         {"SCHED_IDLE", SCHED_IDLE},    {"SCHED_DEADLINE", SCHED_DEADLINE}};

constexpr Named<uint64_t> kSchedulerFlags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},  {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},        {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},      {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX}};

constexpr Named<int> kIoClasses[] = {{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}};

constexpr int kWeightedInterleave = 6;  // MPOL_WEIGHTED_INTERLEAVE, Linux 6.9
constexpr Named<int> kMemoryModes[] = {{"MPOL_DEFAULT", MPOL_DEFAULT},
                                       {"MPOL_BIND", MPOL_BIND},
                                       {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
                                       {"MPOL_WEIGHTED_INTERLEAVE", kWeightedInterleave},
                                       {"MPOL_PREFERRED", MPOL_PREFERRED},
                                       {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
                                       {"MPOL_LOCAL", MPOL_LOCAL}};

constexpr Named<int> kMemoryFlags[] = {{"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
                                       {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
                                       {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES}};

Error invalid(const std::string& text) { return Failure(ErrorKind::kInvalidArgument, "{}", text); }

Result<void> check_deadline(const oci::Scheduler& scheduler) {
  constexpr uint64_t kLeastRuntime = 1024;  // nanoseconds, of the kernel
  if (scheduler.runtime < kLeastRuntime) {
    return invalid(formatted("process.scheduler.runtime: SCHED_DEADLINE needs {} ns at least", kLeastRuntime));
  }
  // No period is a period as long as the deadline.
  const uint64_t period = scheduler.period == 0 ? scheduler.deadline : scheduler.period;
  if (scheduler.runtime <= scheduler.deadline && scheduler.deadline <= period) return {};
  return invalid("process.scheduler: SCHED_DEADLINE needs runtime <= deadline <= period");
}

// The kernel would answer EINVAL to all of these, without saying to what.
Result<void> check_scheduler(const oci::Scheduler& scheduler) {
  if (scheduler.policy == "SCHED_ISO") {
    return Failure(ErrorKind::kUnsupported, "process.scheduler.policy: Linux has reserved SCHED_ISO and not made it");
  }
  if (scheduler.nice < -20 || scheduler.nice > 19) {
    return invalid(formatted("process.scheduler.nice: {} is not between -20 and 19", scheduler.nice));
  }
  const bool is_realtime = scheduler.policy == "SCHED_FIFO" || scheduler.policy == "SCHED_RR";
  if (scheduler.priority != 0 && !is_realtime) {
    return invalid("process.scheduler.priority is for SCHED_FIFO and SCHED_RR only");
  }
  const bool has_times = (scheduler.runtime | scheduler.deadline | scheduler.period) != 0;
  if (has_times && scheduler.policy != "SCHED_DEADLINE") {
    return invalid("process.scheduler: runtime, deadline and period are for SCHED_DEADLINE only");
  }
  return scheduler.policy == "SCHED_DEADLINE" ? check_deadline(scheduler) : Result<void>();
}

Result<os::SchedulerAttributes> plan_scheduler(const oci::Scheduler& scheduler) {
  TRY(check_scheduler(scheduler));
  os::SchedulerAttributes attributes;
  attributes.policy = TRY(number_of<uint32_t>(kPolicies, scheduler.policy, "process.scheduler.policy"));
  attributes.flags = TRY(flags_of<uint64_t>(kSchedulerFlags, scheduler.flags, "process.scheduler.flags"));
  attributes.nice = scheduler.nice;
  attributes.priority = static_cast<uint32_t>(scheduler.priority);
  attributes.runtime = scheduler.runtime;
  attributes.deadline = scheduler.deadline;
  attributes.period = scheduler.period;
  return attributes;
}

Result<int> plan_io_priority(const oci::IoPriority& priority) {
  const int io_class = TRY(number_of<int>(kIoClasses, priority.io_class, "process.ioPriority.class"));
  if (priority.priority < 0 || priority.priority > 7) {
    return invalid(formatted("process.ioPriority.priority: {} is not between 0 and 7", priority.priority));
  }
  return io_class << kIoClassShift | priority.priority;
}

Result<os::MemoryPolicy> plan_memory_policy(const oci::MemoryPolicy& policy) {
  os::MemoryPolicy plan;
  plan.mode = TRY(number_of<int>(kMemoryModes, policy.mode, "linux.memoryPolicy.mode"));
  plan.mode |= TRY(flags_of<int>(kMemoryFlags, policy.flags, "linux.memoryPolicy.flags"));
  plan.nodes = TRY(parse_number_list(policy.nodes, "linux.memoryPolicy.nodes"));
  const bool takes_none = policy.mode == "MPOL_DEFAULT" || policy.mode == "MPOL_LOCAL";
  const bool takes_any = takes_none || policy.mode == "MPOL_PREFERRED";
  if (takes_none && !plan.nodes.empty())
    return invalid(formatted("linux.memoryPolicy: {} takes no nodes", policy.mode));
  if (!takes_any && plan.nodes.empty()) return invalid(formatted("linux.memoryPolicy: {} needs nodes", policy.mode));
  return plan;
}

Result<unsigned long> plan_personality(const oci::Personality& personality) {
  if (!personality.flags.empty()) {
    return invalid(formatted("linux.personality.flags: {} is unknown", personality.flags.front()));
  }
  if (personality.domain == "LINUX") return static_cast<unsigned long>(PER_LINUX);
  if (personality.domain == "LINUX32") return static_cast<unsigned long>(PER_LINUX32);
  return invalid(formatted("linux.personality.domain: {} is unknown", personality.domain));
}

Result<void> add_range(const std::string& range, std::vector<unsigned>& numbers) {
  const auto ends = cut(range, '-');
  const auto first = parse_unsigned(trim(ends ? ends->first : std::string_view(range)));
  const auto last = ends ? parse_unsigned(trim(ends->second)) : first;
  if (!first || !last || *first > *last || *last > kHighestNumber) {
    return invalid(formatted("{} is no number and no range", range));
  }
  for (auto number = *first; number <= *last; ++number) numbers.push_back(static_cast<unsigned>(number));
  return {};
}

}  // namespace

Result<std::vector<unsigned>> parse_number_list(const std::string& text, const std::string& name) {
  std::vector<unsigned> numbers;
  if (trim(text).empty()) return numbers;
  for (const auto& range : split(text, ',')) TRY(add_range(range, numbers).context(formatted("{} {}", name, text)));
  return numbers;
}

Result<Scheduling> plan_scheduling(const oci::Process& process, const oci::LinuxSection& section) {
  Scheduling plan;
  if (process.scheduler) plan.scheduler = TRY(plan_scheduler(*process.scheduler));
  if (process.io_priority) plan.io_priority = TRY(plan_io_priority(*process.io_priority));
  if (const auto& affinity = process.exec_cpu_affinity) {
    plan.initial_cpus = TRY(parse_number_list(affinity->initial_cpus, "process.execCPUAffinity.initial"));
    plan.final_cpus = TRY(parse_number_list(affinity->final_cpus, "process.execCPUAffinity.final"));
  }
  if (section.memory_policy) plan.memory_policy = TRY(plan_memory_policy(*section.memory_policy));
  if (section.personality) plan.personality = TRY(plan_personality(*section.personality));
  return plan;
}

}  // namespace tare::runtime
