#include "runtime/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>

#include "runtime/defaults.h"
#include "runtime/plan/device_program.h"

namespace tare::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

HostFacts v1_host() {
  HostFacts facts;
  facts.cgroups.version = os::CgroupVersion::kV1;
  for (const char* name : {"memory", "cpu", "cpuset", "pids", "devices", "blkio"}) {
    facts.cgroups.hierarchies.push_back({std::string("/sys/fs/cgroup/") + name, {name}, os::CgroupVersion::kV1});
  }
  return facts;
}

HostFacts v2_host() {
  HostFacts facts;
  facts.cgroups.hierarchies.push_back(
      {"/sys/fs/cgroup", {"memory", "cpu", "cpuset", "pids", "io"}, os::CgroupVersion::kV2});
  return facts;
}

oci::RuntimeSpec small_spec() {
  oci::RuntimeSpec spec = default_spec();
  spec.root = oci::Root{"rootfs", false};
  spec.process->args = {"sh"};
  return spec;
}

std::string refusal_of(const oci::RuntimeSpec& spec, const HostFacts& facts = v1_host()) {
  const auto plan = plan_container(spec, facts, {"/bundle", "/c"});
  return plan.ok() ? "" : plan.error().text();
}

std::vector<std::string> lines(const Result<std::vector<CgroupWrite>>& writes) {
  std::vector<std::string> result;
  if (!writes.ok()) return {writes.error().text()};
  for (const auto& write : *writes) result.push_back(write.file + "=" + write.content);
  return result;
}

TEST(Plan, TheDefaultConfigurationIsAccepted) {
  EXPECT_EQ(refusal_of(small_spec()), "");
  EXPECT_EQ(refusal_of(small_spec(), v2_host()), "");
}

TEST(Plan, WhatIsNotDoneIsRefusedByName) {
  auto spec = small_spec();
  spec.unsupported = {"windows"};
  EXPECT_THAT(refusal_of(spec), HasSubstr("windows"));
  spec = small_spec();
  spec.process->apparmor_profile = "docker-default";
  EXPECT_THAT(refusal_of(spec), HasSubstr("apparmorProfile"));
  spec = small_spec();
  spec.linux_section.cgroups_path = "system.slice:tare:1";
  EXPECT_THAT(refusal_of(spec), HasSubstr("systemd"));
  spec = small_spec();
  spec.oci_version = "2.0.0";
  EXPECT_THAT(refusal_of(spec), HasSubstr("2.0.0"));
}

TEST(Plan, ASettingThatWouldChangeTheHostIsRefused) {
  auto spec = small_spec();
  spec.linux_section.sysctl = {{"vm.swappiness", "1"}};
  EXPECT_THAT(refusal_of(spec), HasSubstr("vm.swappiness"));
  spec.linux_section.sysctl = {{"net.ipv4.ip_forward", "1"}};
  EXPECT_EQ(refusal_of(spec), "");
  std::erase_if(spec.linux_section.namespaces,
                [](const auto& one) { return one.type == oci::NamespaceType::kNetwork; });
  EXPECT_THAT(refusal_of(spec), HasSubstr("net namespace"));
  spec = small_spec();
  spec.hostname = "x";
  std::erase_if(spec.linux_section.namespaces, [](const auto& one) { return one.type == oci::NamespaceType::kUts; });
  EXPECT_THAT(refusal_of(spec), HasSubstr("hostname"));
}

TEST(Namespaces, JoiningAUserOrPidNamespaceTakesAProcessBetween) {
  oci::LinuxSection section;
  section.namespaces = {{oci::NamespaceType::kMount, ""}, {oci::NamespaceType::kNetwork, "/run/netns/x"}};
  auto plan = plan_namespaces(section);
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->joins_before_clone);
  EXPECT_FALSE(plan->new_network);
  section.namespaces.push_back({oci::NamespaceType::kUser, "/proc/1/ns/user"});
  plan = plan_namespaces(section);
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->joins_before_clone);
  EXPECT_EQ(plan->joins.front().kind, CLONE_NEWUSER);
}

TEST(Namespaces, TwoOfAKindOrNoMountNamespaceAreRefused) {
  oci::LinuxSection section;
  section.namespaces = {{oci::NamespaceType::kMount, ""}, {oci::NamespaceType::kMount, "/x"}};
  EXPECT_FALSE(plan_namespaces(section).ok());
  section.namespaces = {{oci::NamespaceType::kPid, ""}};
  EXPECT_FALSE(plan_namespaces(section).ok());
  section.namespaces = {{oci::NamespaceType::kMount, "/proc/1/ns/mnt"}};
  EXPECT_FALSE(plan_namespaces(section).ok()) << "the root of those who live in it would be changed";
  section.namespaces = {{oci::NamespaceType::kMount, ""}, {oci::NamespaceType::kUser, ""}};
  EXPECT_FALSE(plan_namespaces(section).ok()) << "a new user namespace without mappings";
}

TEST(MountOptions, AreSortedIntoFlagsAttributesAndTheFileSystemsOwn) {
  const auto options =
      parse_mount_options({"nosuid", "rbind", "ro", "rro", "rprivate", "mode=755", "size=1m", "noatime"});
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options->bind);
  EXPECT_EQ(options->bind_depth, os::TreeDepth::kAll);
  EXPECT_EQ(options->flags, unsigned{MS_NOSUID | MS_RDONLY | MS_NOATIME});
  EXPECT_EQ(options->set, uint64_t{MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME});
  EXPECT_EQ(options->clear, uint64_t{MOUNT_ATTR__ATIME});
  EXPECT_EQ(options->recursive_set, uint64_t{MOUNT_ATTR_RDONLY});
  EXPECT_THAT(options->propagation, ElementsAre(MS_PRIVATE | MS_REC));
  EXPECT_EQ(options->file_system_options, "mode=755,size=1m");
}

TEST(MountOptions, TheLaterOfTwoOppositesWins) {
  const auto options = parse_mount_options({"ro", "rw"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->flags, 0u);
  EXPECT_EQ(options->set, 0u);
  EXPECT_EQ(options->clear, uint64_t{MOUNT_ATTR_RDONLY});
}

TEST(Mounts, NothingIsMountedInsideProc) {
  auto spec = small_spec();
  spec.mounts.push_back({"/proc/self", "bind", "/etc", {"bind"}});
  EXPECT_THAT(refusal_of(spec), HasSubstr("/proc/self"));
  spec.mounts.back().destination = "/proc/uptime";
  EXPECT_EQ(refusal_of(spec), "");
}

TEST(Mounts, CgroupV1IsATmpfsWithEveryHierarchyInIt) {
  auto facts = v1_host();
  facts.cgroups.hierarchies.push_back({"/sys/fs/cgroup/net,prio", {"net", "prio"}, os::CgroupVersion::kV1});
  oci::RuntimeSpec spec = small_spec();
  spec.mounts = {{"/sys/fs/cgroup", "cgroup", "cgroup", {"ro"}}};
  const auto plan = plan_container(spec, facts, {"/bundle", "/c"});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->mounts.front().type, "tmpfs");
  EXPECT_EQ(plan->mounts.front().options.flags & MS_RDONLY, 0u);
  EXPECT_EQ(plan->mounts.back().kind, MountStep::Kind::kSeal);
  EXPECT_EQ(plan->mounts[plan->mounts.size() - 2].kind, MountStep::Kind::kLink);
  EXPECT_EQ(plan->mounts[1].source, v1_host().cgroups.hierarchies[0].mount_point + "/c") << "our part, bound";
}

TEST(CgroupWrites, MemoryAndCpuOnBothVersions) {
  oci::Resources resources;
  resources.memory.limit = 64 << 20;
  resources.memory.swap = 128 << 20;
  resources.cpu.shares = 1024;
  resources.cpu.quota = 50000;
  resources.pids_limit = 64;
  EXPECT_THAT(lines(plan_cgroup_writes(resources, v1_host())),
              ElementsAre("memory.limit_in_bytes=67108864", "memory.memsw.limit_in_bytes=134217728", "cpu.shares=1024",
                          "cpu.cfs_quota_us=50000", "pids.max=64"));
  EXPECT_THAT(lines(plan_cgroup_writes(resources, v2_host())),
              ElementsAre("memory.max=67108864", "memory.swap.max=67108864", "cpu.weight=39", "cpu.max=50000 100000",
                          "pids.max=64"));
}

TEST(CgroupWrites, ALimitThatCannotBeEnforcedIsRefusedByName) {
  oci::Resources resources;
  resources.hugepage_limits = {{"2MB", 1}};
  EXPECT_THAT(lines(plan_cgroup_writes(resources, v1_host())).front(), HasSubstr("hugepageLimits"));
  resources = {};
  resources.memory.swappiness = 1;
  EXPECT_THAT(lines(plan_cgroup_writes(resources, v2_host())).front(), HasSubstr("memory.swappiness"));
  resources = {};
  resources.unified = {{"../x", "1"}};
  EXPECT_THAT(lines(plan_cgroup_writes(resources, v2_host())).front(), HasSubstr("no file name"));
}

TEST(CgroupWrites, WeightsAreConvertedAtTheirEnds) {
  EXPECT_EQ(cpu_weight_of_shares(2), 1u);
  EXPECT_EQ(cpu_weight_of_shares(262144), 10000u);
  EXPECT_EQ(io_weight_of_blkio(10), 1u);
  EXPECT_EQ(io_weight_of_blkio(1000), 10000u);
}

TEST(Devices, ReplacedDefaultsAndRulesOnV1) {
  const auto nodes = plan_device_nodes({{"c", "/dev/null", 1, 3, 0600u, {}, {}}});
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ(nodes->size(), 6u);
  EXPECT_EQ(nodes->front().mode & 07777, 0600u);
  EXPECT_FALSE(plan_device_nodes({{"x", "/dev/x", 0, 0, {}, {}, {}}}).ok());
  const auto writes = lines(plan_device_writes({}, v1_host()));
  EXPECT_EQ(writes.front(), "devices.deny=a");
  EXPECT_EQ(writes.back(), "devices.allow=c 136:* rwm");
  EXPECT_TRUE(lines(plan_device_writes({}, v2_host())).empty());
}

// A model of the program's instructions, enough to ask it what the kernel would ask.
uint64_t run_device_program(const std::string& bytes, uint32_t type, uint32_t access, uint32_t major, uint32_t minor) {
  std::vector<bpf_insn> program(bytes.size() / sizeof(bpf_insn));
  std::memcpy(program.data(), bytes.data(), bytes.size());
  const uint32_t context[] = {access << 16 | type, major, minor};
  uint64_t registers[11] = {};
  for (size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& step = program[at];
    uint64_t& to = registers[step.dst_reg];
    const auto value = static_cast<uint32_t>(step.imm);
    switch (step.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        to = context[step.off / 4];
        break;
      case BPF_ALU | BPF_MOV | BPF_X:
        to = registers[step.src_reg];
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        to &= value;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        to >>= value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_K:
        to = value;
        break;
      case BPF_JMP | BPF_JNE | BPF_K:
        at += to != value ? static_cast<size_t>(step.off) : 0;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += to == value ? static_cast<size_t>(step.off) : 0;
        break;
      case BPF_JMP | BPF_EXIT:
        return registers[0];
      default:
        ADD_FAILURE() << "instruction " << int{step.code};
        return 2;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return 2;
}

TEST(DeviceProgram, TheLaterRuleWinsAndTheRestIsDenied) {
  const auto program =
      assemble_device_program({{true, "c", 1, {}, "rw"}, {false, "c", 1, 3, "w"}, {true, "b", {}, {}, "m"}});
  constexpr uint32_t kChar = BPF_DEVCG_DEV_CHAR;
  constexpr uint32_t kBlock = BPF_DEVCG_DEV_BLOCK;
  EXPECT_EQ(run_device_program(program, kChar, BPF_DEVCG_ACC_READ, 1, 3), 1u);
  EXPECT_EQ(run_device_program(program, kChar, BPF_DEVCG_ACC_WRITE, 1, 3), 0u);
  EXPECT_EQ(run_device_program(program, kChar, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 1, 5), 1u);
  EXPECT_EQ(run_device_program(program, kChar, BPF_DEVCG_ACC_MKNOD, 1, 5), 0u);
  EXPECT_EQ(run_device_program(program, kBlock, BPF_DEVCG_ACC_MKNOD, 8, 0), 1u);
  EXPECT_EQ(run_device_program(program, kBlock, BPF_DEVCG_ACC_READ, 8, 0), 0u);
}

TEST(Process, CapabilitiesByNameAndLimitsByName) {
  oci::Process process;
  process.capabilities.emplace();
  process.capabilities->bounding = {"CAP_CHOWN", "cap_kill", "CAP_OF_TOMORROW"};
  process.rlimits = {{"RLIMIT_NOFILE", 10, 20}};
  const auto plan = plan_process(process, {}, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->capabilities.bounding, 1u | 1u << 5);
  EXPECT_EQ(plan->capabilities.effective, 0u);
  EXPECT_EQ(plan->limits.front().hard, 20u);
  process.rlimits = {{"RLIMIT_NOFILE", 30, 20}};
  EXPECT_FALSE(plan_process(process, {}, {}).ok());
  process.rlimits = {{"RLIMIT_X", 1, 1}};
  EXPECT_FALSE(plan_process(process, {}, {}).ok());
}

}  // namespace
}  // namespace tare::runtime
