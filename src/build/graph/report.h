// Numbers the steps of a build and tells them to its Progress, one call at a time.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "build/build.h"

namespace tare::build {

class Reporter;

// One step, from its beginning to exactly one of cached, done and failed. Used by one thread.
class StepReport {
 public:
  void output(std::string_view text);
  void cached();
  void done();
  void failed(const Error& error);
  // The end of what the step wrote, for the message when it fails.
  const std::string& tail() const { return tail_; }

 private:
  friend class Reporter;
  StepReport(Reporter& reporter, int number) : reporter_(reporter), number_(number) {}
  Reporter& reporter_;
  int number_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::string tail_;
};

class Reporter {
 public:
  explicit Reporter(Progress* progress) : progress_(progress) {}
  StepReport begin(std::string_view name);
  size_t cached_steps() const { return cached_; }
  size_t executed_steps() const { return executed_; }

 private:
  friend class StepReport;
  std::mutex mutex_;  // guards what follows
  Progress* progress_;
  int last_number_ = 0;
  size_t cached_ = 0;
  size_t executed_ = 0;
};

}  // namespace tare::build
