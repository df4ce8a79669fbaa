#include "build/graph/report.h"

namespace tare::build {
namespace {

constexpr size_t kTailSize = 4096;

}  // namespace

StepReport Reporter::begin(std::string_view name) {
  const std::lock_guard lock(mutex_);
  ++last_number_;
  if (progress_ != nullptr) progress_->started(last_number_, name);
  return StepReport(*this, last_number_);
}

void StepReport::output(std::string_view text) {
  tail_ += text;
  if (tail_.size() > 2 * kTailSize) tail_.erase(0, tail_.size() - kTailSize);
  const std::lock_guard lock(reporter_.mutex_);
  if (reporter_.progress_ != nullptr) reporter_.progress_->output(number_, text);
}

void StepReport::cached() {
  const std::lock_guard lock(reporter_.mutex_);
  ++reporter_.cached_;
  if (reporter_.progress_ != nullptr) reporter_.progress_->cached(number_);
}

void StepReport::done() {
  const std::lock_guard lock(reporter_.mutex_);
  ++reporter_.executed_;
  if (reporter_.progress_ != nullptr) reporter_.progress_->done(number_, std::chrono::steady_clock::now() - begun_);
}

void StepReport::failed(const Error& error) {
  const std::lock_guard lock(reporter_.mutex_);
  if (reporter_.progress_ != nullptr) reporter_.progress_->failed(number_, error);
}

}  // namespace tare::build
