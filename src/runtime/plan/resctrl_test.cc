#include "runtime/plan/resctrl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

HostFacts host(std::set<std::string> resources = {"L2", "L3", "L3_MON", "MB"}) {
  HostFacts facts;
  facts.resctrl = "/sys/fs/resctrl";
  facts.resctrl_resources = std::move(resources);
  return facts;
}

Result<std::optional<ResctrlPlan>> plan(oci::IntelRdt rdt, const HostFacts& facts = host()) {
  oci::LinuxSection section;
  section.intel_rdt = std::move(rdt);
  return plan_resctrl(section, facts, "web");
}

std::string refusal_of(oci::IntelRdt rdt, const HostFacts& facts = host()) {
  const auto planned = plan(std::move(rdt), facts);
  return planned.ok() ? "" : planned.error().text();
}

TEST(Resctrl, NothingIsDoneWithoutTheProperty) { EXPECT_FALSE(plan_resctrl({}, HostFacts{}, "web").value()); }

TEST(Resctrl, TheSpecificationsExample) {
  const auto planned = plan({.clos_id = "guaranteed_group",
                             .l3_cache_schema = "L3:0=7f0;1=1f",
                             .mem_bw_schema = "MB:0=20;1=70",
                             .schemata = {"L2:0=f"}})
                           .value();
  EXPECT_EQ(planned->group, "/sys/fs/resctrl/guaranteed_group");
  EXPECT_TRUE(planned->is_named);
  EXPECT_EQ(planned->monitor, "");
  EXPECT_THAT(planned->schemata, ElementsAre("L3:0=7f0;1=1f", "MB:0=20;1=70", "L2:0=f"));
}

TEST(Resctrl, AGroupIsTheContainersUnlessItIsNamed) {
  auto planned = plan({.enable_monitoring = true}).value();
  EXPECT_EQ(planned->group, "/sys/fs/resctrl/web");
  EXPECT_FALSE(planned->is_named);
  EXPECT_EQ(planned->monitor, "/sys/fs/resctrl/web/mon_groups/web");
  EXPECT_THAT(planned->schemata, IsEmpty());
  planned = plan({.clos_id = "/", .enable_monitoring = true}).value();
  EXPECT_EQ(planned->group, "/sys/fs/resctrl");
  EXPECT_EQ(planned->monitor, "/sys/fs/resctrl/mon_groups/web");
}

TEST(Resctrl, OlderVersionsHaveSeveralLinesForTheCache) {
  const std::string both = "L3:0=f\nMB:0=50";
  EXPECT_THAT(plan({.l3_cache_schema = both}).value()->schemata, ElementsAre("L3:0=f", "MB:0=50"));
  EXPECT_THAT(plan({.l3_cache_schema = both, .mem_bw_schema = "MB:0=20"}).value()->schemata,
              ElementsAre("L3:0=f", "MB:0=20"));
}

TEST(Resctrl, NamesThatAreNoGroupAreRefused) {
  for (const char* name : {".", "..", "a/b", "../x", "a\nb", "info", "mon_groups", "mon_data"}) {
    EXPECT_THAT(refusal_of({.clos_id = name}), HasSubstr("linux.intelRdt.closID")) << name;
  }
}

TEST(Resctrl, WhatThisMachineCannotShareOutIsRefusedByName) {
  const auto facts = host({"L3"});
  EXPECT_EQ(refusal_of({.l3_cache_schema = "L3:0=f"}, facts), "");
  EXPECT_THAT(refusal_of({.mem_bw_schema = "MB:0=20"}, facts), HasSubstr("memBwSchema MB:0=20 cannot be applied"));
  EXPECT_THAT(refusal_of({.schemata = {"L2:0=f"}}, facts), HasSubstr("has no L2 in /sys/fs/resctrl/info"));
  EXPECT_THAT(refusal_of({.enable_monitoring = true}, facts), HasSubstr("enableMonitoring"));
}

TEST(Resctrl, LinesThatAreNoneAreRefused) {
  EXPECT_THAT(refusal_of({.mem_bw_schema = "L3:0=f"}), HasSubstr("does not start with MB:"));
  EXPECT_THAT(refusal_of({.mem_bw_schema = "MB:0=20\nL3:0=1"}), HasSubstr("is no line of a schemata file"));
  EXPECT_THAT(refusal_of({.schemata = {"f"}}), HasSubstr("linux.intelRdt.schemata: f"));
}

TEST(Resctrl, AGroupThatIsThereIsComparedByItsNumbers) {
  const std::string schemata = "    MB:0= 20;1=100\n    L3:0=007f0;1=0001F\n";
  EXPECT_FALSE(find_mismatch({"L3:1=1f;0=7f0", "MB:0=20"}, schemata));
  EXPECT_FALSE(find_mismatch({}, schemata));
  EXPECT_THAT(find_mismatch({"MB:0=20", "L3:0=7ff"}, schemata).value_or(""),
              HasSubstr("L3:0=7ff is asked for, and it has L3:0=007f0;1=0001F"));
  EXPECT_THAT(find_mismatch({"L3:2=1"}, schemata).value_or(""), HasSubstr("L3:2=1"));
  EXPECT_THAT(find_mismatch({"L2:0=1"}, schemata).value_or(""), HasSubstr("it has no such line"));
}

}  // namespace
}  // namespace tare::runtime
