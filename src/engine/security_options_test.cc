#include "engine/security_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/seccomp_profile.h"
#include "runtime/defaults.h"

namespace tare::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

oci::RuntimeSpec plan(std::vector<std::string> options) {
  auto spec = runtime::default_spec();
  ContainerOptions asked;
  asked.security_options = std::move(options);
  const auto planned = plan_security(spec, asked);
  EXPECT_TRUE(planned.ok()) << planned.error().text();
  return spec;
}

std::string refusal(std::string option) {
  std::vector<std::string> options = {std::move(option)};
  const auto resolved = resolve_security_options(options);
  return resolved.ok() ? "" : resolved.error().text();
}

TEST(SecurityOptions, NoNewPrivilegesIsTakenInEverySpelling) {
  for (const char* option : {"no-new-privileges", "no-new-privileges=true", "no-new-privileges:true"}) {
    EXPECT_TRUE(plan({option}).process->no_new_privileges) << option;
  }
  EXPECT_FALSE(plan({"no-new-privileges=false"}).process->no_new_privileges);
  EXPECT_THAT(refusal("no-new-privileges=maybe"), HasSubstr("expected true or false"));
}

TEST(SecurityOptions, PathsAreMaskedAndUnmasked) {
  EXPECT_THAT(plan({"mask=/etc/secret:/opt"}).linux_section.masked_paths, Contains("/opt"));
  const auto one = plan({"unmask=/proc/kcore"}).linux_section;
  EXPECT_THAT(one.masked_paths, Not(Contains("/proc/kcore")));
  EXPECT_THAT(one.masked_paths, Contains("/proc/keys"));
  EXPECT_THAT(plan({"unmask=/proc"}).linux_section.readonly_paths, Not(Contains("/proc/sys")));
  for (const char* option : {"unmask=ALL", "unmask=all", "systempaths=unconfined"}) {
    EXPECT_TRUE(plan({option}).linux_section.masked_paths.empty()) << option;
  }
  EXPECT_THAT(refusal("mask=relative"), HasSubstr("no absolute path"));
  EXPECT_THAT(refusal("systempaths=some"), HasSubstr("expected unconfined"));
}

TEST(SecurityOptions, UnknownOnesAreRefusedByName) {
  EXPECT_THAT(refusal("seecomp=unconfined"), HasSubstr("seecomp=unconfined: there is no such option"));
  EXPECT_THAT(refusal("seccomp=/nowhere.json"), HasSubstr("/nowhere.json"));
  EXPECT_THAT(refusal("label=type:svirt_t"), HasSubstr("SELinux"));
  EXPECT_EQ(refusal("label=disable"), "");
}

TEST(SecurityOptions, AFilterIsBuiltInOrNoneOrAProfile) {
  EXPECT_FALSE(plan({"seccomp=unconfined"}).linux_section.seccomp.has_value());
  EXPECT_TRUE(plan({"seccomp=unconfined", "seccomp=builtin"}).linux_section.seccomp.has_value());
  const auto own = plan({R"(seccomp={"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]})"}).linux_section.seccomp;
  ASSERT_TRUE(own.has_value());
  EXPECT_EQ(own->default_action, "SCMP_ACT_ALLOW");
}

constexpr std::string_view kProfile = R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
              {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []}],
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
    {"name": "ptrace", "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["s390x"]},
     "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}}]})";

std::string calls(const SeccompFacts& facts) {
  const auto profile = parse_seccomp_profile(kProfile, facts).value();
  std::string names;
  for (const auto& rule : profile.syscalls) names += rule.names.front() + " ";
  return names;
}

TEST(SeccompProfile, RulesHoldForTheirCapabilitiesProcessorsAndKernels) {
  EXPECT_EQ(calls({{}, "amd64", 6, 1}), "read ptrace clone arch_prctl ");
  EXPECT_EQ(calls({{"CAP_BPF", "CAP_SYS_ADMIN"}, "amd64", 4, 8}), "read ptrace bpf arch_prctl ");
  EXPECT_EQ(calls({{}, "s390x", 4, 7}), "read ");
  const auto profile = parse_seccomp_profile(kProfile, {{}, "amd64", 6, 1}).value();
  EXPECT_EQ(profile.architectures, (std::vector<std::string>{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}));
  EXPECT_EQ(profile.default_errno_ret, 38U);
}

TEST(SeccompProfile, MistakesAreNamedWithTheirPlace) {
  const auto mistake = [](std::string_view json) { return parse_seccomp_profile(json, {}).error().text(); };
  EXPECT_THAT(mistake("{}"), HasSubstr("defaultAction"));
  EXPECT_THAT(mistake(R"({"defaultAction":"A","syscalls":[{"action":"B"}]})"), HasSubstr("syscalls[0]"));
  EXPECT_THAT(
      mistake(R"({"defaultAction":"A","syscalls":[{"names":["x"],"action":"B","args":[{"index":6,"op":"C"}]}]})"),
      HasSubstr("0 to 5"));
  EXPECT_THAT(mistake(R"({"defaultAction":"A","architectures":["X"],"archMap":[{"architecture":"Y"}]})"),
              HasSubstr("both"));
}

}  // namespace
}  // namespace tare::engine
