// The default system call filter: an allow-list of what programs use that the kernel considers safe for an unprivileged
// user in namespaces. Left out: what loads code into the kernel, changes the clock, mounts, reaches
// around namespaces, or has a history of holes while hardly any program uses it (keyrings, io_uring, userfaultfd, bpf,
// perf). Tracing is allowed: since Linux 4.8 a tracer cannot get around the filter of what it traces. Some of that is
// let through for a container that holds the capability which the kernel asks for anyway.
//
// Two answers for what is not allowed: EPERM for calls that we know and deny, ENOSYS for all others, so that a C
// library that probes a newer call falls back to the older one.
#include <algorithm>

#include "runtime/default_seccomp_calls.h"
#include "runtime/defaults.h"

namespace tare::runtime {
namespace {

using Names = std::vector<std::string>;

constexpr unsigned kNotPermitted = 1;     // EPERM
constexpr unsigned kNotImplemented = 38;  // ENOSYS

void add_words(std::string_view text, Names& names) {
  while (true) {
    const size_t start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return;
    const size_t end = std::min(text.find_first_of(" \n", start), text.size());
    names.emplace_back(text.substr(start, end - start));
    text.remove_prefix(end);
  }
}

Names words(std::string_view text) {
  Names names;
  add_words(text, names);
  return names;
}

bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

oci::SeccompRule allow_if(const std::string& name, std::vector<oci::SeccompArgument> arguments) {
  return {{name}, "SCMP_ACT_ALLOW", {}, std::move(arguments)};
}

oci::SeccompRule deny_if(const std::string& name, std::vector<oci::SeccompArgument> arguments) {
  return {{name}, "SCMP_ACT_ERRNO", kNotPermitted, std::move(arguments)};
}

void add_conditional(bool may_make_namespaces, std::vector<oci::SeccompRule>& rules) {
  // PER_LINUX, PER_LINUX32, UNAME26 with both, and the question (0xffffffff).
  for (const uint64_t persona : {0x0ULL, 0x8ULL, 0x20000ULL, 0x20008ULL, 0xffffffffULL}) {
    rules.push_back(allow_if("personality", {{0, persona, 0, "SCMP_CMP_EQ"}}));
  }
  // Every other has one of the bits that mean something, but not the highest, which is the question's alone: rules must
  // not overlap.
  constexpr uint64_t kOtherPersonas = 0xffc00f7;
  constexpr uint64_t kHighest = 0x80000000;
  for (uint64_t bit = 1; bit <= kOtherPersonas; bit <<= 1) {
    if ((kOtherPersonas & bit) == 0) continue;
    rules.push_back(deny_if("personality", {{0, kHighest | bit, bit, "SCMP_CMP_MASKED_EQ"}}));
  }
  // The kernel's ciphers have a history of holes; virtual machine sockets reach the host around every network
  // namespace.
  constexpr uint64_t kAlg = 38;
  constexpr uint64_t kVsock = 40;
  rules.push_back(allow_if("socket", {{0, kAlg, 0, "SCMP_CMP_LT"}}));
  rules.push_back(allow_if("socket", {{0, kAlg + 1, 0, "SCMP_CMP_EQ"}}));
  rules.push_back(allow_if("socket", {{0, kVsock, 0, "SCMP_CMP_GT"}}));
  rules.push_back(deny_if("socket", {{0, kAlg, 0, "SCMP_CMP_EQ"}}));
  rules.push_back(deny_if("socket", {{0, kVsock, 0, "SCMP_CMP_EQ"}}));
  if (may_make_namespaces) return;
  // No CLONE_NEW… flag. clone3 keeps its flags in memory, out of a filter's sight: ENOSYS makes libraries use clone.
  constexpr uint64_t kNamespaceFlags = 0x7e020000;
  rules.push_back(allow_if("clone", {{0, kNamespaceFlags, 0, "SCMP_CMP_MASKED_EQ"}}));
  for (uint64_t flag = 1; flag <= kNamespaceFlags; flag <<= 1) {
    if ((kNamespaceFlags & flag) == 0) continue;
    rules.push_back(deny_if("clone", {{0, flag, flag, "SCMP_CMP_MASKED_EQ"}}));
  }
}

// What is allowed through capabilities, and what is left to deny.
Names allowed_by(const Names& capabilities) {
  Names names;
  for (const auto& entry : calls::kPrivileged) {
    if (holds(capabilities, entry.capability)) add_words(entry.calls, names);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

oci::Seccomp default_seccomp(const std::vector<std::string>& capabilities) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.default_errno_ret = kNotImplemented;
#if defined(__x86_64__)
  profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#elif defined(__aarch64__)
  profile.architectures = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#elif defined(__s390x__)
  profile.architectures = {"SCMP_ARCH_S390X", "SCMP_ARCH_S390"};
#endif
  for (const auto group : {calls::kFiles, calls::kMemory, calls::kProcesses, calls::kMessagesAndClocks}) {
    profile.syscalls.push_back({words(group), "SCMP_ACT_ALLOW", {}, {}});
  }
  const Names allowed = allowed_by(capabilities);
  if (!allowed.empty()) profile.syscalls.push_back({allowed, "SCMP_ACT_ALLOW", {}, {}});
  const bool may_make_namespaces = holds(allowed, "clone");
  add_conditional(may_make_namespaces, profile.syscalls);
  Names refused = words(calls::kDenied);
  std::erase_if(refused, [&](const auto& name) { return holds(allowed, name); });
  profile.syscalls.push_back({refused, "SCMP_ACT_ERRNO", kNotPermitted, {}});
  return profile;
}

oci::Seccomp built_in_seccomp(const std::vector<std::string>& capabilities) {
  Names that_matter;
  for (const auto& entry : calls::kPrivileged) {
    if (holds(capabilities, entry.capability)) that_matter.emplace_back(entry.capability);
  }
  return {.built_in = std::move(that_matter)};
}

oci::Seccomp written_out(const oci::Seccomp& profile) {
  return profile.built_in ? default_seccomp(*profile.built_in) : profile;
}

}  // namespace tare::runtime
