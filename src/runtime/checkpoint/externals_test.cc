#include "runtime/checkpoint/externals.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace tare::runtime {
namespace {

using oci::NamespaceType;

MountStep step(MountStep::Kind kind, const std::string& destination, const std::string& source) {
  return {kind, destination, "", source, {}};
}

TEST(ExternalMounts, AreBindsAlone) {
  Plan plan;
  plan.mounts = {step(MountStep::Kind::kFileSystem, "/proc", "proc"),
                 step(MountStep::Kind::kBind, "/data", "/srv/data"), step(MountStep::Kind::kRemount, "/data", "")};
  const auto mounts = external_mounts(plan);
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].destination, "/data");
  EXPECT_EQ(mounts[0].source, "/srv/data");
}

TEST(ExternalMounts, AreDeviceNodesWhereTheyHaveToBeBound) {
  Plan plan;
  plan.populate_dev = true;
  plan.devices = {{"/dev/null", 0, 0, 0, 0}};
  EXPECT_TRUE(external_mounts(plan).empty());
  plan.namespaces.created = CLONE_NEWUSER;
  ASSERT_EQ(external_mounts(plan).size(), 1U);
  EXPECT_EQ(external_mounts(plan)[0].source, "/dev/null");
}

TEST(ExternalNamespaces, NetworkAndPidAreInheritedAndTheOthersJoined) {
  oci::LinuxSection section;
  section.namespaces = {{NamespaceType::kNetwork, "/run/netns/a"},
                        {NamespaceType::kIpc, "/proc/7/ns/ipc"},
                        {NamespaceType::kPid, ""},
                        {NamespaceType::kUts, ""}};
  const auto inherited = inherited_namespaces(section);
  ASSERT_EQ(inherited.size(), 1U);
  EXPECT_EQ(external_key(inherited[0].type), "extRootNetNS");
  const auto joined = joined_namespaces(section);
  ASSERT_TRUE(joined.ok());
  ASSERT_EQ(joined->size(), 1U);
  EXPECT_EQ(joined->front().path, "/proc/7/ns/ipc");
  EXPECT_TRUE(has_new(section, NamespaceType::kPid));
  EXPECT_FALSE(has_new(section, NamespaceType::kNetwork));
}

TEST(ExternalNamespaces, CgroupAndMountCannotBeJoined) {
  for (const auto type : {NamespaceType::kCgroup, NamespaceType::kMount}) {
    oci::LinuxSection section;
    section.namespaces = {{type, "/proc/7/ns/x"}};
    const auto joined = joined_namespaces(section);
    ASSERT_FALSE(joined.ok());
    EXPECT_EQ(joined.error().kind(), ErrorKind::kUnsupported);
  }
}

TEST(Streams, AreTheStringsThatRuncWrites) {
  const std::vector<std::string> streams = {"/dev/null", "pipe:[51]", "file[18:3]"};
  EXPECT_EQ(streams_to_json(streams), R"(["/dev/null","pipe:[51]","file[18:3]"])");
  const auto parsed = parse_streams(R"(["/dev/null","pipe:[51]","file[18:3]"])");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, streams);
  EXPECT_FALSE(parse_streams("{}").ok());
}

}  // namespace
}  // namespace tare::runtime
