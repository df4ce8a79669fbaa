#include "runtime/plan/scope_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tare::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ScopeProperties, NothingAskedIsNothingSet) { EXPECT_THAT(plan_scope_properties({}), IsEmpty()); }

TEST(ScopeProperties, MemoryAndSwapAreCountedApart) {
  oci::Resources resources;
  resources.memory.limit = 100;
  resources.memory.swap = 150;
  resources.memory.reservation = 70;
  EXPECT_THAT(plan_scope_properties(resources), ElementsAre("MemoryMax=100", "MemoryLow=70", "MemorySwapMax=50"));
  resources.memory = {.limit = -1, .swap = -1};
  EXPECT_THAT(plan_scope_properties(resources), ElementsAre("MemoryMax=infinity", "MemorySwapMax=infinity"));
}

TEST(ScopeProperties, AQuotaIsRoundedUpToAPercent) {
  oci::Resources resources;
  resources.cpu.quota = 50'000;
  EXPECT_THAT(plan_scope_properties(resources), ElementsAre("CPUQuotaPerSecUSec=500000"));
  resources.cpu.quota = 1'001;
  resources.cpu.period = 50'000;
  EXPECT_THAT(plan_scope_properties(resources), ElementsAre("CPUQuotaPeriodUSec=50000", "CPUQuotaPerSecUSec=30000"));
  resources.cpu.quota = -1;
  EXPECT_THAT(plan_scope_properties(resources), ElementsAre("CPUQuotaPeriodUSec=50000", "CPUQuotaPerSecUSec=infinity"));
}

TEST(ScopeProperties, TheRestByItsName) {
  oci::Resources resources;
  resources.cpu.shares = 1024;
  resources.cpu.cpus = "0-1";
  resources.cpu.mems = "0";
  resources.pids_limit = 0;
  resources.unified = {{"memory.high", "max"}, {"cpu.pressure", "1"}};
  EXPECT_THAT(plan_scope_properties(resources), ElementsAre("CPUWeight=39", "AllowedCPUs=0-1", "AllowedMemoryNodes=0",
                                                            "TasksMax=1", "MemoryHigh=infinity"));
}

std::string unit_of(const std::string& path) {
  auto name = parse_scope_name(path, "web", "system.slice");
  return name.ok() ? name->slice + " " + name->unit : name.error().text();
}

TEST(ScopeName, HasThreeParts) {
  EXPECT_EQ(unit_of("machine.slice:libpod:web"), "machine.slice libpod-web.scope");
  EXPECT_EQ(unit_of("::web"), "system.slice web.scope");
  EXPECT_EQ(unit_of(""), "system.slice tare-web.scope");
}

TEST(ScopeName, WhatIsNoneIsRefused) {
  EXPECT_THAT(unit_of("/a/b"), HasSubstr("slice:prefix:name"));
  EXPECT_THAT(unit_of("a.slice:b/../c:d"), HasSubstr("slash"));
  EXPECT_THAT(unit_of("a.slice:b:"), HasSubstr("empty"));
  EXPECT_THAT(unit_of("a:b:c"), HasSubstr("a is no slice"));
  EXPECT_THAT(unit_of("a.slice:b:c.slice"), HasSubstr("scope"));
}

}  // namespace
}  // namespace tare::runtime
