// What the stages of one build share. Everything in it may be used by all of the build's threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "build/build.h"
#include "build/cache/build_cache.h"
#include "build/context/ignore.h"
#include "build/dockerfile/dockerfile.h"
#include "build/graph/report.h"
#include "build/graph/scope.h"
#include "build/graph/stage_state.h"
#include "store/store.h"

namespace tare::build {

// Where each stage ended; whoever needs one waits for it.
class StageResults {
 public:
  explicit StageResults(size_t count) : states_(count) {}
  void finish(size_t index, StageState state);
  void fail();  // nobody waits any longer
  // kCancelled when the build failed elsewhere. The state does not change any more.
  Result<const StageState*> wait(size_t index);
  bool failed();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<StageState>> states_;
  bool failed_ = false;
};

struct Context {
  std::string path;  // empty: the build has none
  UniqueFd root;
  IgnoreRules rules;
};

struct BuildJob {
  store::Store& store;
  const BuildRequest& request;
  const Dockerfile& dockerfile;
  const GlobalScope& global;
  BuildCache& cache;
  Reporter& reporter;
  const Context& context;
  StageResults& stages;
  std::counting_semaphore<>& processors;  // held while a step executes
  BorrowedFd stop;                        // readable when the steps that run are to be killed
  std::string work_directory;
  std::string step_program;
  std::optional<int64_t> epoch;  // SOURCE_DATE_EPOCH
  std::string created;           // the time that the image states
};

Result<store::Image> resolve_image(const BuildJob& job, const std::string& name);

}  // namespace tare::build
