// Mounts as steps: kinds, mapped ids, labels, the cgroup mount of both versions.
#include "runtime/plan/mount_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

namespace tare::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Configuration {
  oci::RuntimeSpec spec;
  HostFacts facts;
  NamespacePlan namespaces;
  Result<std::vector<MountStep>> plan() const { return plan_mounts(spec, facts, namespaces, {"/bundle", "/tare/id"}); }
  std::string refusal() const {
    const auto steps = plan();
    return steps.ok() ? "" : steps.error().text();
  }
};

TEST(MountSteps, TheSpecificationsExample) {
  Configuration one;
  one.spec.mounts = {{"/tmp", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
                     {"/data", "none", "/volumes/testing", {"rbind", "rw"}}};
  const auto steps = one.plan();
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->at(0).kind, MountStep::Kind::kFileSystem);
  EXPECT_EQ(steps->at(0).options.flags, static_cast<unsigned long>(MS_NOSUID | MS_STRICTATIME));
  EXPECT_EQ(steps->at(0).options.file_system_options, "mode=755,size=65536k");
  EXPECT_EQ(steps->at(1).kind, MountStep::Kind::kBind);
  EXPECT_EQ(steps->at(1).options.bind_depth, os::TreeDepth::kAll);
}

TEST(MountSteps, RelativePathsAreOfTheRootAndOfTheBundle) {
  Configuration one;
  one.spec.mounts = {{"data", "", "here", {"bind"}}};
  const auto steps = one.plan();
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->at(0).destination, "/data");
  EXPECT_EQ(steps->at(0).source, "/bundle/here");
}

TEST(MountSteps, RemountIsAStepOfItsOwn) {
  Configuration one;
  one.spec.mounts = {{"/x", "tmpfs", "tmpfs", {"remount", "ro"}}, {"/y", "", "", {"bind", "remount", "ro"}}};
  const auto steps = one.plan();
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->at(0).kind, MountStep::Kind::kRemount);
  EXPECT_EQ(steps->at(1).kind, MountStep::Kind::kRemount);
}

TEST(MountSteps, IdsAreMappedByTheMountOrByTheContainer) {
  Configuration one;
  one.spec.mounts = {{"/x", "", "/s", {"bind", "idmap"}, {{0, 1000, 1}}, {{0, 2000, 1}}}};
  EXPECT_EQ(one.plan()->at(0).id_map->gids.front().host_id, 2000u);
  one.spec.mounts.front().gid_mappings.clear();
  EXPECT_THAT(one.refusal(), HasSubstr("both uidMappings and gidMappings"));
  one.spec.mounts.front().uid_mappings.clear();
  EXPECT_THAT(one.refusal(), HasSubstr("user namespace of the container's own"));
  one.namespaces.joins = {{CLONE_NEWUSER, "/proc/7/ns/user"}};
  EXPECT_EQ(one.plan()->at(0).id_map->user_namespace, "/proc/7/ns/user");
  one.namespaces.joins.clear();
  one.namespaces.new_user = true;
  one.spec.linux_section.uid_mappings = {{0, 5, 1}};
  one.spec.mounts.front().options = {"rbind", "ridmap"};
  EXPECT_EQ(one.plan()->at(0).id_map->uids.front().host_id, 5u);
  EXPECT_EQ(one.plan()->at(0).options.id_map_depth, os::TreeDepth::kAll);
  one.spec.mounts = {{"/x", "tmpfs", "tmpfs", {"idmap"}}};
  EXPECT_THAT(one.refusal(), HasSubstr("bind mounts only"));
}

TEST(MountSteps, FileSystemsGetTheMountLabel) {
  Configuration one;
  one.spec.linux_section.mount_label = "a:b:c:s0:c1,c2";
  one.spec.mounts = {{"/t", "tmpfs", "tmpfs", {"size=1m"}},
                     {"/p", "proc", "proc", {}},
                     {"/q", "mqueue", "mqueue", {}},
                     {"/b", "", "/s", {"bind"}}};
  const auto steps = one.plan();
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->at(0).options.file_system_options, "size=1m,context=\"a:b:c:s0:c1,c2\"");
  EXPECT_EQ(steps->at(1).options.file_system_options, "");
  EXPECT_EQ(steps->at(2).label, "a:b:c:s0:c1,c2");
  EXPECT_EQ(steps->at(3).options.file_system_options, "");
}

TEST(MountSteps, CgroupsOnBothVersions) {
  Configuration one;
  one.spec.mounts = {{"/sys/fs/cgroup", "cgroup", "cgroup", {"ro"}}};
  one.facts.cgroups.hierarchies = {{"/sys/fs/cgroup", {"memory"}, os::CgroupVersion::kV2}};
  ASSERT_EQ(one.plan()->size(), 1u);
  EXPECT_EQ(one.plan()->at(0).source, "/sys/fs/cgroup/tare/id") << "without a namespace: the container's part, bound";
  one.namespaces.new_cgroup_namespace = true;
  EXPECT_EQ(one.plan()->at(0).type, "cgroup2");
  one.facts.cgroups.version = os::CgroupVersion::kV1;
  one.facts.cgroups.hierarchies = {{"/sys/fs/cgroup/cpu,cpuacct", {"cpu", "cpuacct"}, os::CgroupVersion::kV1}};
  std::vector<std::string> destinations;
  const auto steps = one.plan();
  for (const auto& step : *steps) destinations.push_back(step.destination);
  EXPECT_THAT(destinations, ElementsAre("/sys/fs/cgroup", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu",
                                        "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"));
  EXPECT_EQ(steps->back().kind, MountStep::Kind::kSeal);
  EXPECT_EQ(steps->at(1).source, "/sys/fs/cgroup/cpu,cpuacct/tare/id") << "bound: the namespace begins there";
  one.namespaces.new_cgroup_namespace = false;
  one.namespaces.joins.push_back({.kind = CLONE_NEWCGROUP});
  EXPECT_EQ(one.plan()->at(1).kind, MountStep::Kind::kFileSystem) << "another namespace begins elsewhere";
}

TEST(MountOptionTable, AccessTimesReplaceEachOther) {
  EXPECT_EQ(parse_mount_options({"strictatime", "relatime"})->flags, static_cast<unsigned long>(MS_RELATIME));
  EXPECT_EQ(parse_mount_options({"noatime", "nodiratime"})->flags,
            static_cast<unsigned long>(MS_NOATIME | MS_NODIRATIME));
  EXPECT_EQ(parse_mount_options({"rnoatime", "rstrictatime"})->recursive_clear,
            static_cast<uint64_t>(MOUNT_ATTR__ATIME));
}

TEST(MountOptionTable, WholeFileSystemsOptionsAreNotForBindMounts) {
  for (const char* option : {"sync", "dirsync", "mand", "iversion", "lazytime"}) {
    EXPECT_TRUE(parse_mount_options({option}).ok()) << option;
    EXPECT_THAT(parse_mount_options({"bind", option}).error().text(), HasSubstr(option));
  }
  EXPECT_TRUE(parse_mount_options({"bind", "sync", "async", "silent", "loud"}).ok());
}

}  // namespace
}  // namespace tare::runtime
