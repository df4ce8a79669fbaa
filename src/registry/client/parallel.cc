#include "registry/client/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace tare::registry {
namespace {

struct Run {
  const std::vector<Task>& tasks;
  std::stop_source& stop;
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;

  void work() {
    for (size_t index = next++; index < tasks.size() && !stop.stop_requested(); index = next++) {
      auto result = tasks[index]();
      if (!result.ok()) fail(std::move(result).error());
    }
  }
  void fail(Error error) {
    const std::lock_guard lock(mutex);
    // What comes later is mostly "cancelled", which this failure caused.
    if (!failure) failure = std::move(error);
    stop.request_stop();
  }
};

}  // namespace

Result<void> run_parallel(const std::vector<Task>& tasks, size_t limit, std::stop_source& stop) {
  Run run{.tasks = tasks, .stop = stop};
  std::vector<std::thread> threads;
  const size_t count = std::min(limit, tasks.size());
  // The caller's thread works too: one layer needs no thread at all.
  for (size_t index = 1; index < count; ++index) threads.emplace_back([&run] { run.work(); });
  run.work();
  for (std::thread& thread : threads) thread.join();
  if (run.failure) return std::move(*run.failure);
  return {};
}

}  // namespace tare::registry
