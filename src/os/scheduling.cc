#include "os/scheduling.h"

#include <sched.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "os/error.h"

namespace tare::os {
namespace {

constexpr int kWholeGroup = 2;    // IOPRIO_WHO_PGRP
constexpr unsigned kMost = 8192;  // processors, and nodes, that Linux can be built for
using Word = unsigned long;
constexpr unsigned kWordBits = 8 * sizeof(Word);

// struct sched_attr, which no header that goes together with <sched.h> has.
struct KernelAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

std::vector<Word> mask_of(const std::vector<unsigned>& numbers) {
  std::vector<Word> mask(kMost / kWordBits);
  for (const unsigned number : numbers) {
    if (number < kMost) mask[number / kWordBits] |= Word{1} << (number % kWordBits);
  }
  return mask;
}

}  // namespace

Result<void> set_scheduler(const SchedulerAttributes& attributes) {
  const KernelAttributes kernel{sizeof kernel,       attributes.policy,  attributes.flags,    attributes.nice,
                                attributes.priority, attributes.runtime, attributes.deadline, attributes.period};
  if (syscall(SYS_sched_setattr, 0, &kernel, 0) != 0) return last_error("set", "scheduler");
  return {};
}

Result<void> set_io_priority(int value) {
  if (syscall(SYS_ioprio_set, kWholeGroup, 0, value) != 0) return last_error("set", "I/O priority");
  return {};
}

Result<std::vector<unsigned>> cpu_affinity() {
  std::vector<Word> mask(kMost / kWordBits);
  const long bytes = syscall(SYS_sched_getaffinity, 0, mask.size() * sizeof(Word), mask.data());
  if (bytes < 0) return last_error("read", "CPU affinity");
  std::vector<unsigned> cpus;
  for (unsigned cpu = 0; cpu < kMost; ++cpu) {
    if ((mask[cpu / kWordBits] >> (cpu % kWordBits) & 1) != 0) cpus.push_back(cpu);
  }
  return cpus;
}

Result<void> set_cpu_affinity(const std::vector<unsigned>& cpus) {
  const auto mask = mask_of(cpus);
  if (syscall(SYS_sched_setaffinity, 0, mask.size() * sizeof(Word), mask.data()) != 0) {
    return last_error("set", "CPU affinity");
  }
  return {};
}

void forget_cpu_affinity() {
  const std::vector<Word> all(kMost / kWordBits, ~Word{0});
  (void)syscall(SYS_sched_setaffinity, 0, all.size() * sizeof(Word), all.data());
}

Result<void> set_memory_policy(const MemoryPolicy& policy) {
  // The kernel refuses a mask that is longer than it has nodes for, unless the rest is empty.
  const auto mask = mask_of(policy.nodes);
  const unsigned bits = policy.nodes.empty() ? 0 : *std::max_element(policy.nodes.begin(), policy.nodes.end()) + 2;
  const Word* nodes = policy.nodes.empty() ? nullptr : mask.data();
  if (syscall(SYS_set_mempolicy, policy.mode, nodes, bits) != 0) return last_error("set", "memory policy");
  return {};
}

Result<void> set_personality(unsigned long domain) {
  if (::personality(domain) < 0) return last_error("set", "personality");
  return {};
}

}  // namespace tare::os
