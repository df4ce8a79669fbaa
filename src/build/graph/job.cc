#include "build/graph/job.h"

namespace tare::build {

void StageResults::finish(size_t index, StageState state) {
  const std::lock_guard lock(mutex_);
  states_[index] = std::make_unique<StageState>(std::move(state));
  changed_.notify_all();
}

void StageResults::fail() {
  const std::lock_guard lock(mutex_);
  failed_ = true;
  changed_.notify_all();
}

bool StageResults::failed() {
  const std::lock_guard lock(mutex_);
  return failed_;
}

Result<const StageState*> StageResults::wait(size_t index) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failed_ || states_[index]; });
  if (states_[index]) return static_cast<const StageState*>(states_[index].get());
  return Error(ErrorKind::kCancelled, "the build failed in another stage");
}

Result<store::Image> resolve_image(const BuildJob& job, const std::string& name) {
  const auto reference = TRY(oci::ImageReference::parse(name));
  if (job.request.resolve_base) return job.request.resolve_base(reference);
  return job.store.find_image(reference.canonical());
}

}  // namespace tare::build
