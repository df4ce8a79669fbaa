#include "runtime/seccomp/newer_calls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <set>
#include <vector>

#include "base/text.h"

namespace tare::runtime {
namespace {

using Program = std::vector<sock_filter>;

bool refuses_by_default(const oci::Seccomp& profile) {
  // A tracer answers for itself.
  for (const char* permissive : {"SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"}) {
    if (profile.default_action == permissive) return false;
  }
  return profile.default_errno_ret.value_or(EPERM) != ENOSYS;
}

// libseccomp's tokens are the numbers that the kernel tells a filter (AUDIT_ARCH_…), but for x32: its calls are those
// of x86-64 with a bit more, and are left to the filter.
std::set<uint32_t> architectures_of(const oci::Seccomp& profile) {
  std::set<uint32_t> tokens = {seccomp_arch_native()};
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  for (const auto& name : profile.architectures) {
    if (!name.starts_with(kPrefix)) continue;
    const uint32_t token = seccomp_arch_resolve_name(to_lower(name.substr(kPrefix.size())).c_str());
    if (token != 0 && token != SCMP_ARCH_X32) tokens.insert(token);
  }
  return tokens;
}

int newest_call(const oci::Seccomp& profile, uint32_t architecture) {
  int newest = 0;
  for (const auto& rule : profile.syscalls) {
    for (const auto& name : rule.names) {
      newest = std::max(newest, seccomp_syscall_resolve_name_arch(architecture, name.c_str()));
    }
  }
  return newest;
}

// Falls through at its end, to the next section or to the filter.
void append_section(uint32_t architecture, int newest, Program& program) {
  constexpr uint32_t kX32Bit = 1U << 30;
  constexpr auto kLoad = static_cast<uint16_t>(BPF_LD | BPF_W | BPF_ABS);
  const bool has_x32 = architecture == SCMP_ARCH_X86_64;
  const auto rest = static_cast<uint8_t>(has_x32 ? 4 : 3);  // instructions after the comparison of architectures
  program.push_back(BPF_STMT(kLoad, offsetof(seccomp_data, arch)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, rest));
  program.push_back(BPF_STMT(kLoad, offsetof(seccomp_data, nr)));
  if (has_x32) program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kX32Bit, 2, 0));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, static_cast<uint32_t>(newest), 0, 1));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
}

}  // namespace

std::string answer_newer_calls(const oci::Seccomp& profile) {
  if (!refuses_by_default(profile)) return "";
  Program program;
  for (const uint32_t architecture : architectures_of(profile)) {
    const int newest = newest_call(profile, architecture);
    if (newest > 0) append_section(architecture, newest, program);
  }
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

}  // namespace tare::runtime
