#include "os/cgroup.h"

#include <gtest/gtest.h>

namespace tare::os {
namespace {

TEST(CgroupLayout, SeparateV1HierarchiesAndAnIdleV2OneAreAHybrid) {
  const auto layout = parse_cgroup_mounts(
      "25 1 0:1 / / rw - ext4 /dev/root rw\n"
      "30 25 0:26 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n"
      "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:3 - cgroup cgroup rw,cpu,cpuacct\n"
      "32 25 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/lib/x,name=systemd\n"
      "33 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup rw\n");
  EXPECT_EQ(layout.version, CgroupVersion::kV1);
  ASSERT_EQ(layout.hierarchies.size(), 4u);
  EXPECT_EQ(layout.find("cpuacct")->mount_point, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(layout.hierarchies[2].controllers, std::vector<std::string>{"name=systemd"});
  EXPECT_EQ(layout.hierarchies[3].version, CgroupVersion::kV2);
  EXPECT_EQ(layout.find("pids"), nullptr);
}

TEST(CgroupLayout, AHierarchyMountedTwiceCountsOnce) {
  const auto layout = parse_cgroup_mounts(
      "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "90 25 0:26 / /elsewhere/memory rw - cgroup cgroup rw,memory\n");
  ASSERT_EQ(layout.hierarchies.size(), 1u);
  EXPECT_EQ(layout.hierarchies[0].mount_point, "/sys/fs/cgroup/memory");
}

TEST(CgroupLayout, OnlyV2IsV2) {
  const auto layout = parse_cgroup_mounts("33 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
  EXPECT_EQ(layout.version, CgroupVersion::kV2);
}

TEST(Cgroup, DescendsInSomeHierarchiesOrInAll) {
  const auto layout = parse_cgroup_mounts(
      "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  const Cgroup cgroup(layout, "/tare/x");
  const auto some = cgroup.descend({{"cpuacct", "/sub"}}).value();
  EXPECT_EQ(some.directory("cpu"), "/sys/fs/cgroup/cpu,cpuacct/tare/x/sub");
  EXPECT_EQ(some.directory("memory"), "/sys/fs/cgroup/memory/tare/x");
  EXPECT_EQ(cgroup.descend({{"", "/sub"}}).value().directory("memory"), "/sys/fs/cgroup/memory/tare/x/sub");
  EXPECT_EQ(cgroup.descend({{"pids", "/sub"}}).error().kind(), ErrorKind::kInvalidArgument);
}

TEST(Cgroup, APathIsRelativeToEveryHierarchy) {
  const auto layout = parse_cgroup_mounts("30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  const Cgroup cgroup(layout, "tare/x");
  EXPECT_EQ(cgroup.directory("memory"), "/sys/fs/cgroup/memory/tare/x");
  EXPECT_EQ(cgroup.directory("pids"), std::nullopt);
  EXPECT_TRUE(Cgroup().directories().empty());
}

}  // namespace
}  // namespace tare::os
