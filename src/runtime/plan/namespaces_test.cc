#include "runtime/plan/namespaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "os/namespace.h"
#include "runtime/plan/net_devices.h"

namespace tare::runtime {
namespace {

using ::testing::HasSubstr;

oci::LinuxSection with(const std::vector<oci::NamespaceType>& types) {
  oci::LinuxSection section;
  for (const auto type : types) section.namespaces.push_back({type, ""});
  return section;
}

using Type = oci::NamespaceType;

TEST(Namespaces, TheSpecificationsExampleMakesAllButTheCgroupOneAtTheClone) {
  auto section = with({Type::kNetwork, Type::kMount, Type::kIpc, Type::kUts, Type::kUser, Type::kCgroup, Type::kTime});
  section.namespaces.push_back({Type::kPid, "/proc/1234/ns/pid"});
  section.uid_mappings = section.gid_mappings = {{0, 1000, 32000}};
  const auto plan = plan_namespaces(section);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_EQ(plan->created, static_cast<uint64_t>(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
                                                 CLONE_NEWUSER | CLONE_NEWTIME));
  EXPECT_TRUE(plan->new_cgroup_namespace);
  EXPECT_EQ(plan->joins.front().path, "/proc/1234/ns/pid");
}

TEST(Namespaces, ClocksAreSetBeforeATimeNamespaceIsEntered) {
  auto section = with({Type::kMount, Type::kTime});
  section.time_offsets = {{"boottime", {-5, 6}}, {"monotonic", {7, 0}}};
  const auto plan = plan_namespaces(section);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->created, static_cast<uint64_t>(CLONE_NEWNS));
  EXPECT_EQ(plan->time_offsets, "boottime -5 6\nmonotonic 7 0\n");
  section.time_offsets["monotonic"].nanosecs = 1000000000;
  EXPECT_THAT(plan_namespaces(section).error().text(), HasSubstr("nanosecs"));
}

TEST(NetDevices, NamesAreThoseOfTheContainer) {
  auto section = with({Type::kMount, Type::kNetwork});
  const auto namespaces = *plan_namespaces(section);
  section.net_devices = {{"eth0", {"container_eth0"}}, {"eth1", {""}}};
  const auto moves = plan_net_devices(section, namespaces);
  ASSERT_TRUE(moves.ok());
  EXPECT_EQ(moves->at(0).name, "container_eth0");
  EXPECT_EQ(moves->at(1).name, "eth1");
  section.net_devices = {{"eth0", {"x"}}, {"eth1", {"x"}}};
  EXPECT_THAT(plan_net_devices(section, namespaces).error().text(), HasSubstr("cannot both be x"));
  section.net_devices = {{"eth0", {"a name of more than fifteen"}}};
  EXPECT_THAT(plan_net_devices(section, namespaces).error().text(), HasSubstr("no name"));
  EXPECT_THAT(plan_net_devices(section, {}).error().text(), HasSubstr("needs a network namespace"));
}

}  // namespace
}  // namespace tare::runtime
