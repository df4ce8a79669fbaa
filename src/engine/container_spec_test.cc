#include "engine/container_spec.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tare::engine {
namespace {

ContainerRecord record_with(ContainerOptions options = {}) {
  ContainerRecord record;
  record.id = std::string(64, 'a');
  record.options = std::move(options);
  record.path = "/hello";
  record.arguments = {"-v"};
  return record;
}

SpecFacts facts() { return {.data_directory = "/data", .cgroup_path = "/tare/a"}; }

oci::RuntimeSpec plan(const ContainerOptions& options) { return plan_spec(record_with(options), facts()).value(); }

bool has(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const oci::Mount* mount_at(const oci::RuntimeSpec& spec, const std::string& destination) {
  for (const auto& mount : spec.mounts) {
    if (mount.destination == destination) return &mount;
  }
  return nullptr;
}

bool has_namespace(const oci::RuntimeSpec& spec, oci::NamespaceType type) {
  const auto& list = spec.linux_section.namespaces;
  return std::any_of(list.begin(), list.end(), [&](const oci::Namespace& entry) { return entry.type == type; });
}

TEST(ContainerSpec, RunsTheCommandWithTheUsualEnvironment) {
  const auto spec = plan({});
  EXPECT_EQ(spec.process->args, (std::vector<std::string>{"/hello", "-v"}));
  EXPECT_TRUE(has(spec.process->env, "HOSTNAME=aaaaaaaaaaaa"));
  EXPECT_TRUE(has(spec.process->env, "HOME=/"));
  EXPECT_EQ(spec.hostname, "aaaaaaaaaaaa");
  EXPECT_EQ(spec.process->cwd, "/");
}

TEST(ContainerSpec, PutsAnInitBeforeTheCommand) {
  ContainerOptions options;
  EXPECT_EQ(mount_at(plan(options), "/sbin/docker-init"), nullptr);
  options.init = true;
  auto known = facts();
  known.init_program = "/usr/bin/tare-init";
  known.id_range = IdRange{100'000, 100'000, 65'536};
  const auto spec = plan_spec(record_with(options), known).value();
  EXPECT_EQ(spec.process->args, (std::vector<std::string>{"/sbin/docker-init", "--", "/hello", "-v"}));
  const auto* mount = mount_at(spec, "/sbin/docker-init");
  ASSERT_NE(mount, nullptr);
  EXPECT_EQ(mount->source, "/usr/bin/tare-init");
  EXPECT_EQ(mount->options, (std::vector<std::string>{"bind", "ro"}));
}

TEST(ContainerSpec, TurnsCpusIntoAQuota) {
  ContainerOptions options;
  options.resources.nano_cpus = 500'000'000;
  const auto cpu = plan(options).linux_section.resources.cpu;
  EXPECT_EQ(cpu.quota, 50'000);
  EXPECT_EQ(cpu.period, 100'000U);
}

TEST(ContainerSpec, AllowsAsMuchSwapAsMemoryLikeDocker) {
  ContainerOptions options;
  options.resources.memory = 64 << 20;
  EXPECT_EQ(plan(options).linux_section.resources.memory.swap, 128 << 20);
  options.resources.memory_swap = 64 << 20;
  EXPECT_EQ(plan(options).linux_section.resources.memory.swap, 64 << 20);
  auto without_accounting = facts();
  without_accounting.swap_accounting = false;
  options.resources.memory_swap.reset();
  EXPECT_FALSE(plan_spec(record_with(options), without_accounting)->linux_section.resources.memory.swap);
}

TEST(ContainerSpec, LimitsBlockDevicesByTheirNumbers) {
  ContainerOptions options;
  options.resources.block_weight = 300;
  options.resources.block_weight_devices = {{"/dev/a", 500}};
  options.resources.device_write_bps = {{"/dev/a", 1 << 20}};
  options.resources.device_read_iops = {{"/dev/a", 100}};
  auto known = facts();
  known.block_devices["/dev/a"] = {7, 3};
  const auto block = plan_spec(record_with(options), known)->linux_section.resources.block_io;
  EXPECT_EQ(block.weight, 300);
  ASSERT_EQ(block.weight_device.size(), 1U);
  EXPECT_EQ(block.weight_device[0].weight, 500);
  ASSERT_EQ(block.write_bps.size(), 1U);
  EXPECT_EQ(block.write_bps[0].major, 7);
  EXPECT_EQ(block.write_bps[0].minor, 3);
  EXPECT_EQ(block.write_bps[0].rate, 1U << 20);
  EXPECT_EQ(block.read_iops.at(0).rate, 100U);
  EXPECT_TRUE(block.read_bps.empty());
}

TEST(ContainerSpec, ReadsRulesForDevices) {
  const auto rule = parse_device_rule("c 1:* rw").value();
  EXPECT_TRUE(rule.allow);
  EXPECT_EQ(rule.type, "c");
  EXPECT_EQ(rule.major, 1);
  EXPECT_EQ(rule.minor, -1);
  EXPECT_EQ(rule.access, "rw");
  for (const char* wrong : {"", "c", "x 1:3 mr", "c 1 r", "c 1:3", "c 1:3 q", "c 1:3 rwmr", "c 1:3 r w", "c -1:3 r"})
    EXPECT_FALSE(parse_device_rule(wrong).ok()) << wrong;
}

TEST(ContainerSpec, GivesAPrivilegedContainerTheHostsDevicesButWhereTheUserMountsOrNamesAnother) {
  ContainerOptions options;
  options.privileged = true;
  options.mounts = {{.source = "/my/net", .target = "/dev/net"}};
  options.devices = {{.host_path = "/dev/full", .container_path = "/dev/kvm"}};
  auto known = facts();
  known.host_devices = {{.type = "c", .path = "/dev/net/tun", .major = 10, .minor = 200},
                        {.type = "c", .path = "/dev/kvm", .major = 10, .minor = 232},
                        {.type = "c", .path = "/dev/network", .major = 10, .minor = 1}};
  known.devices = {{{"/dev/full", {.type = "c", .path = "/dev/kvm", .major = 1, .minor = 7}}}};
  const auto devices = plan_spec(record_with(options), known)->linux_section.devices;
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].path, "/dev/network");
  EXPECT_EQ(devices[1].path, "/dev/kvm");
  EXPECT_EQ(devices[1].minor, 7);
}

TEST(ContainerSpec, KeepsTheHostsControlGroupNamespaceOnRequest) {
  ContainerOptions options;
  EXPECT_TRUE(has_namespace(plan(options), oci::NamespaceType::kCgroup));
  options.cgroup_mode = "host";
  EXPECT_FALSE(has_namespace(plan(options), oci::NamespaceType::kCgroup));
}

TEST(ContainerSpec, LiftsTheLimitOfProcessesForEveryNumberThatIsNoCount) {
  ContainerOptions options;
  for (const int64_t none : {-1, -7, 0}) {
    options.resources.pids_limit = none;
    EXPECT_EQ(plan(options).linux_section.resources.pids_limit, -1);
  }
}

TEST(ContainerSpec, RefusesLimitsWithoutAControlGroup) {
  ContainerOptions options;
  options.resources.memory = 64 << 20;
  auto no_cgroup = facts();
  no_cgroup.cgroup_path.clear();
  EXPECT_EQ(plan_spec(record_with(options), no_cgroup).error().kind(), ErrorKind::kUnsupported);
  EXPECT_TRUE(plan_spec(record_with(), no_cgroup).ok());
}

TEST(ContainerSpec, AddsAndDropsCapabilities) {
  ContainerOptions options;
  options.cap_drop = {"ALL"};
  options.cap_add = {"net_admin"};
  EXPECT_EQ(plan_capabilities(options).value(), std::vector<std::string>{"CAP_NET_ADMIN"});
  options.cap_add = {"net_admn"};
  const auto error = plan_capabilities(options).error();
  EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(error.hint(), "did you mean NET_ADMIN?");
}

TEST(ContainerSpec, GivesAnOrdinaryUserNoEffectiveCapabilities) {
  auto user = facts();
  user.user.uid = 1000;
  const auto spec = plan_spec(record_with(), user).value();
  EXPECT_TRUE(spec.process->capabilities->effective.empty());
  EXPECT_FALSE(spec.process->capabilities->bounding.empty());
}

TEST(ContainerSpec, SharesWhatIsTheHosts) {
  ContainerOptions options;
  options.network = "host";
  options.pid_mode = "host";
  const auto spec = plan(options);
  EXPECT_FALSE(has_namespace(spec, oci::NamespaceType::kNetwork));
  EXPECT_FALSE(has_namespace(spec, oci::NamespaceType::kPid));
  EXPECT_TRUE(has_namespace(spec, oci::NamespaceType::kMount));
  EXPECT_TRUE(has_namespace(plan({}), oci::NamespaceType::kNetwork));
}

TEST(ContainerSpec, LetsAUsersMountReplaceADefault) {
  ContainerOptions options;
  options.mounts = {{.source = "/my/hosts", .target = "/etc/hosts", .read_only = true},
                    {.type = MountOption::Type::kTmpfs, .target = "/scratch", .options = {"size=1m", "exec"}}};
  const auto spec = plan(options);
  ASSERT_NE(mount_at(spec, "/etc/hosts"), nullptr);
  EXPECT_EQ(mount_at(spec, "/etc/hosts")->source, "/my/hosts");
  EXPECT_TRUE(has(mount_at(spec, "/etc/hosts")->options, "ro"));
  EXPECT_EQ(mount_at(spec, "/etc/resolv.conf")->source, "/data/resolv.conf");
  EXPECT_FALSE(has(mount_at(spec, "/scratch")->options, "noexec"));
}

TEST(ContainerSpec, ConfinesUnlessToldOtherwise) {
  EXPECT_TRUE(plan({}).linux_section.seccomp.has_value());
  EXPECT_FALSE(plan({}).linux_section.masked_paths.empty());
  ContainerOptions privileged;
  privileged.privileged = true;
  EXPECT_FALSE(plan(privileged).linux_section.seccomp.has_value());
  EXPECT_TRUE(plan(privileged).linux_section.masked_paths.empty());
  ContainerOptions unknown;
  unknown.security_options = {"apparmor=strict"};
  EXPECT_EQ(plan_spec(record_with(unknown), facts()).error().kind(), ErrorKind::kUnsupported);
}

TEST(ContainerSpec, GivesAContainerIdsOfItsOwn) {
  auto own = facts();
  own.id_range = IdRange{.first_uid = 100'000, .first_gid = 200'000, .size = 5000};
  ContainerOptions options;
  options.mounts = {{.source = "/srv", .target = "/mnt"}, {.type = MountOption::Type::kTmpfs, .target = "/scratch"}};
  const auto spec = plan_spec(record_with(options), own).value();
  EXPECT_TRUE(has_namespace(spec, oci::NamespaceType::kUser));
  EXPECT_EQ(spec.linux_section.uid_mappings.at(0).host_id, 100'000u);
  EXPECT_EQ(spec.linux_section.gid_mappings.at(0).host_id, 200'000u);
  EXPECT_TRUE(has(mount_at(spec, "/mnt")->options, "ridmap"));
  EXPECT_TRUE(has(mount_at(spec, "/etc/hosts")->options, "ridmap"));
  EXPECT_FALSE(has(mount_at(spec, "/scratch")->options, "ridmap"));
  own.user.uid = 5000;
  EXPECT_FALSE(plan_spec(record_with({}), own).ok());
}

TEST(ContainerSpec, BindsDevicesInAUserNamespace) {
  auto own = facts();
  own.id_range = IdRange{.first_uid = 100'000, .first_gid = 100'000, .size = 5000};
  own.devices = {{{"/dev/fuse", {.type = "c", .path = "/dev/inside", .major = 10, .minor = 229}}}};
  ContainerOptions options;
  options.devices = {{.host_path = "/dev/fuse", .container_path = "/dev/inside"}};
  const auto spec = plan_spec(record_with(options), own).value();
  EXPECT_TRUE(spec.linux_section.devices.empty());
  EXPECT_EQ(mount_at(spec, "/dev/inside")->source, "/dev/fuse");
  EXPECT_FALSE(has(mount_at(spec, "/dev/inside")->options, "ridmap"));
}

TEST(ContainerSpec, LeavesOutWhatAUserNamespaceCannotHave) {
  auto rootless = facts();
  rootless.rootless = true;
  rootless.cgroup_path.clear();
  ContainerOptions options;
  options.network = "host";
  const auto spec = plan_spec(record_with(options), rootless).value();
  EXPECT_EQ(mount_at(spec, "/sys")->type, "bind");
  EXPECT_TRUE(spec.linux_section.resources.devices.empty());
}

}  // namespace
}  // namespace tare::engine
