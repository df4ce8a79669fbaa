#include "registry/client/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tare::registry {
namespace {

TEST(Parallel, RunsAllTasksOnAtMostSoManyThreads) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  const std::vector<Task> tasks(40, [&]() -> Result<void> {
    const int now_running = ++running;
    for (int seen = most; seen < now_running && !most.compare_exchange_weak(seen, now_running);) {
    }
    std::this_thread::yield();
    --running;
    ++done;
    return {};
  });
  std::stop_source stop;
  EXPECT_TRUE(run_parallel(tasks, 3, stop).ok());
  EXPECT_EQ(done, 40);
  EXPECT_LE(most, 3);
  EXPECT_FALSE(stop.stop_requested());
}

TEST(Parallel, NothingToDoIsFine) {
  std::stop_source stop;
  EXPECT_TRUE(run_parallel({}, 6, stop).ok());
}

TEST(Parallel, TheFirstFailureStopsTheOthers) {
  std::stop_source stop;
  std::vector<Task> tasks;
  tasks.emplace_back([]() -> Result<void> { return Failure(ErrorKind::kCorrupt, "the cause"); });
  tasks.emplace_back([&]() -> Result<void> {
    while (!stop.stop_requested()) std::this_thread::yield();
    return Failure(ErrorKind::kCancelled, "a consequence");
  });
  const auto result = run_parallel(tasks, 2, stop);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().text(), "the cause");
}

}  // namespace
}  // namespace tare::registry
