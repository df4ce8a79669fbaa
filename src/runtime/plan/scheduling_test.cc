#include "runtime/plan/scheduling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/mempolicy.h>
#include <sys/personality.h>

namespace tare::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

oci::Process with_scheduler(oci::Scheduler scheduler) {
  oci::Process process;
  process.scheduler = std::move(scheduler);
  return process;
}

std::string refusal_of(const oci::Process& process, const oci::LinuxSection& section = {}) {
  const auto plan = plan_scheduling(process, section);
  return plan.ok() ? "" : plan.error().text();
}

TEST(Scheduling, NothingAskedIsNothingPlanned) {
  const auto plan = plan_scheduling({}, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->scheduler || plan->io_priority || plan->memory_policy || plan->personality);
  EXPECT_TRUE(plan->initial_cpus.empty() && plan->final_cpus.empty());
}

TEST(Scheduling, EveryPolicyHasItsNumber) {
  const std::pair<const char*, unsigned> policies[] = {{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2},
                                                       {"SCHED_BATCH", 3}, {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6}};
  for (const auto& [name, number] : policies) {
    oci::Scheduler scheduler{.policy = name};
    if (number == 6) scheduler.runtime = scheduler.deadline = 1024;
    const auto plan = plan_scheduling(with_scheduler(scheduler), {});
    ASSERT_TRUE(plan.ok()) << name;
    EXPECT_EQ(plan->scheduler->policy, number) << name;
  }
  const auto plan = plan_scheduling(
      with_scheduler({.policy = "SCHED_DEADLINE",
                      .flags = {"SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"},
                      .runtime = 2000,
                      .deadline = 3000,
                      .period = 4000}),
      {});
  EXPECT_EQ(plan->scheduler->flags, 7u);
  EXPECT_EQ(plan->scheduler->period, 4000u);
}

TEST(Scheduling, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_ISO"})), HasSubstr("SCHED_ISO"));
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_OTHER", .nice = 20})), HasSubstr("nice"));
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_BATCH", .priority = 1})), HasSubstr("priority"));
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_FIFO", .period = 1})), HasSubstr("SCHED_DEADLINE only"));
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_DEADLINE", .deadline = 2000})), HasSubstr("1024 ns"));
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_DEADLINE", .runtime = 3000, .deadline = 2000})),
              HasSubstr("runtime <= deadline <= period"));
  EXPECT_THAT(refusal_of(with_scheduler({.policy = "SCHED_X"})), HasSubstr("SCHED_X is unknown"));
}

TEST(Scheduling, IoPriorityIsClassAndLevel) {
  oci::Process process;
  process.io_priority = oci::IoPriority{"IOPRIO_CLASS_BE", 4};
  EXPECT_EQ(plan_scheduling(process, {})->io_priority, 2 << 13 | 4);
  process.io_priority->priority = 8;
  EXPECT_THAT(refusal_of(process), HasSubstr("between 0 and 7"));
  process.io_priority = oci::IoPriority{"IOPRIO_CLASS_NONE", 0};
  EXPECT_THAT(refusal_of(process), HasSubstr("IOPRIO_CLASS_NONE"));
}

TEST(Scheduling, MemoryPolicyOfTheSpecificationsExample) {
  oci::LinuxSection section;
  section.memory_policy = oci::MemoryPolicy{"MPOL_INTERLEAVE", "2-3", {"MPOL_F_STATIC_NODES"}};
  const auto plan = plan_scheduling({}, section);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->memory_policy->mode, MPOL_INTERLEAVE | MPOL_F_STATIC_NODES);
  EXPECT_THAT(plan->memory_policy->nodes, ElementsAre(2, 3));
  section.memory_policy = oci::MemoryPolicy{"MPOL_BIND", "", {}};
  EXPECT_THAT(refusal_of({}, section), HasSubstr("needs nodes"));
  section.memory_policy = oci::MemoryPolicy{"MPOL_DEFAULT", "1", {}};
  EXPECT_THAT(refusal_of({}, section), HasSubstr("takes no nodes"));
}

TEST(Scheduling, PersonalityKnowsTwoDomains) {
  oci::LinuxSection section;
  section.personality = oci::Personality{"LINUX32", {}};
  EXPECT_EQ(plan_scheduling({}, section)->personality, static_cast<unsigned long>(PER_LINUX32));
  section.personality = oci::Personality{"LINUX", {"ADDR_NO_RANDOMIZE"}};
  EXPECT_THAT(refusal_of({}, section), HasSubstr("ADDR_NO_RANDOMIZE"));
}

TEST(NumberList, RangesAndNumbers) {
  EXPECT_THAT(*parse_number_list("0-3,7", "x"), ElementsAre(0, 1, 2, 3, 7));
  EXPECT_THAT(*parse_number_list(" 5 , 6-6\n", "x"), ElementsAre(5, 6));
  EXPECT_TRUE(parse_number_list("", "x")->empty());
  for (const char* wrong : {"3-1", "a", "1-", "-1", "1,,2", "99999"})
    EXPECT_FALSE(parse_number_list(wrong, "x").ok()) << wrong;
}

}  // namespace
}  // namespace tare::runtime
