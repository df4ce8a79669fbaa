#include "engine/container_update.h"

#include <gtest/gtest.h>

namespace tare::engine {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

TEST(ContainerUpdate, ChangesWhatIsNamedAndKeepsTheRest) {
  ContainerOptions options;
  options.resources.nano_cpus = 500'000'000;
  options.resources.pids_limit = 10;
  options.restart.when = supervise::Restart::kAlways;
  ContainerUpdate update;
  update.resources.nano_cpus = 1'000'000'000;
  const auto updated = merge_update(options, update).value();
  EXPECT_EQ(updated.resources.nano_cpus, 1'000'000'000);
  EXPECT_EQ(updated.resources.pids_limit, 10);
  EXPECT_EQ(updated.restart.when, supervise::Restart::kAlways);
}

TEST(ContainerUpdate, KeepsTheSumOfMemoryAndSwap) {
  ContainerOptions options;
  options.resources.memory = 64 * kMiB;
  ContainerUpdate update;
  update.resources.memory = 100 * kMiB;
  const auto updated = merge_update(options, update).value();
  EXPECT_EQ(updated.resources.memory_swap, 128 * kMiB);
  const auto changed = changed_limits(update.resources, updated.resources);
  EXPECT_EQ(changed.memory, 100 * kMiB);
  EXPECT_EQ(changed.memory_swap, 128 * kMiB);

  update.resources.memory = 200 * kMiB;
  EXPECT_EQ(merge_update(options, update).error().kind(), ErrorKind::kConflict);
  update.resources.memory_swap = -1;
  EXPECT_EQ(merge_update(options, update)->resources.memory_swap, -1);
  options.resources.memory_swap = -1;
  update.resources.memory_swap.reset();
  EXPECT_TRUE(merge_update(options, update).ok());
}

TEST(ContainerUpdate, RefusesContradictionsWithWhatHolds) {
  const auto refused = [](auto set, auto change) {
    ContainerOptions options;
    set(options);
    ContainerUpdate update;
    change(update);
    return !merge_update(options, update).ok();
  };
  const auto one_cpu = [](auto& o) { o.resources.nano_cpus = 1'000'000'000; };
  const auto quota = [](auto& o) { o.resources.cpu_quota = 5000; };
  const auto period = [](auto& o) { o.resources.cpu_period = 50'000; };
  EXPECT_TRUE(refused(one_cpu, quota));
  EXPECT_TRUE(refused(one_cpu, period));
  EXPECT_TRUE(refused(quota, one_cpu));
  EXPECT_TRUE(refused(period, one_cpu));
  EXPECT_FALSE(refused(quota, period));
  EXPECT_TRUE(refused([](auto& o) { o.auto_remove = true; },
                      [](auto& u) {
                        u.restart = supervise::RestartPolicy{supervise::Restart::kAlways, 0};
                      }));
  EXPECT_TRUE(refused([](auto&) {}, [](auto& u) { u.resources.memory = kMiB; }));
}

TEST(ContainerUpdate, SetsQuotaAndPeriodTogether) {
  ContainerOptions options;
  options.resources.cpu_period = 50'000;
  ContainerUpdate update;
  update.resources.cpu_quota = 20'000;
  const auto updated = merge_update(options, update).value();
  const auto changed = changed_limits(update.resources, updated.resources);
  EXPECT_EQ(changed.cpu_period, 50'000U);
  EXPECT_EQ(changed.cpu_quota, 20'000);
}

TEST(ContainerUpdate, ItsFileKeepsEveryValue) {
  UpdatedOptions updated;
  updated.resources.block_weight = 100;
  updated.resources.device_read_bps = {{"/dev/sda", 1048576}};
  updated.restart = {.when = supervise::Restart::kOnFailure, .maximum_retries = 3};
  const auto copy = UpdatedOptions::parse(updated.to_json()).value();
  EXPECT_EQ(copy.to_json(), updated.to_json());
  EXPECT_EQ(copy.resources.device_read_bps.at(0).value, 1048576U);
  EXPECT_EQ(copy.restart.maximum_retries, 3);
}

}  // namespace
}  // namespace tare::engine
