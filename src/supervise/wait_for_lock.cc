#include "supervise/wait_for_lock.h"

#include <unistd.h>

namespace tare::supervise {

Result<os::FileLock> wait_for_lock(const std::string& run_directory) {
  constexpr int kAttempts = 1000;
  constexpr useconds_t kPause = 10'000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto lock = TRY(os::FileLock::try_acquire(run_directory + "/lock", os::FileLock::Mode::kExclusive));
    if (lock) return std::move(*lock);
    ::usleep(kPause);  // flock(2) has no time limit
  }
  return Failure(ErrorKind::kConflict, "another supervisor holds {}/lock", run_directory)
      .with_hint("the container is running, or a client that is attached to it does not read its last output");
}

}  // namespace tare::supervise
