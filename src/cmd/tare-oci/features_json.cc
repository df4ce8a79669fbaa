#include "codec/json.h"
#include "features.h"
#include "os/capability.h"
#include "os/seccomp.h"
#include "runtime/plan/mount_steps.h"
#include "runtime/seccomp/compile.h"
#include "version.h"

namespace tare::cmd {
namespace {

std::vector<std::string> known_flags() {
  std::vector<std::string> names;
  for (const auto& [name, flag] : runtime::seccomp_flags()) names.push_back(name);
  return names;
}

std::vector<std::string> supported_flags() {
  std::vector<std::string> names;
  for (const auto& [name, flag] : runtime::seccomp_flags()) {
    if (os::supports_seccomp_flags(flag)) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string features_text() {
  using codec::Json;
  const Json features{
      {"ociVersionMin", "1.0.0"},
      {"ociVersionMax", "1.3.0"},
      {"hooks", {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}},
      {"mountOptions", runtime::mount_option_names()},
      {"annotations",
       {{"io.github.seccomp.libseccomp.version", seccomp_version()},
        {"org.opencontainers.runc.checkpoint.enabled", "true"}}},
      {"linux",
       {{"namespaces", {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"}},
        {"capabilities", os::all_capability_names()},
        {"cgroup", {{"v1", true}, {"v2", true}, {"systemd", true}, {"systemdUser", true}, {"rdma", true}}},
        {"seccomp",
         {{"enabled", true},
          {"actions",
           {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
            "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"}},
          {"operators",
           {"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
            "SCMP_CMP_NE"}},
          {"archs",
           {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
            "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
            "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_X32",
            "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"}},
          {"knownFlags", known_flags()},
          {"supportedFlags", supported_flags()}}},
        {"apparmor", {{"enabled", true}}},
        {"selinux", {{"enabled", true}}},
        {"intelRdt", {{"enabled", true}, {"schemata", true}, {"monitoring", true}}},
        {"memoryPolicy",
         {{"modes",
           {"MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED",
            "MPOL_PREFERRED_MANY", "MPOL_LOCAL"}},
          {"flags", {"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"}}}},
        {"netDevices", {{"enabled", true}}},
        {"mountExtensions", {{"idmap", {{"enabled", true}}}}}}}};
  return codec::dump_json_indented(features, 2);
}

}  // namespace tare::cmd
