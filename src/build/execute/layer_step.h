// The steps that make layers. Each is: what it depends on → a key → the cache's layer, or the work.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "build/dockerfile/instruction.h"
#include "build/execute/merged_tree.h"
#include "build/graph/job.h"
#include "build/graph/stage_state.h"

namespace tare::build {

struct LayerResult {
  CachedLayer layer;
  std::string created_by;  // for the image's history
  bool cached = false;
};

struct LayerStep {
  const BuildJob& job;
  const StageState& state;
  const Instruction& instruction;
  size_t stage;  // the stage's index: --from names only earlier ones
  StepReport& report;
};

Result<LayerResult> copy_step(const LayerStep& step);  // COPY and ADD
Result<LayerResult> run_step(const LayerStep& step);
// WORKDIR: the folder is `path`; makes it where it is missing.
Result<LayerResult> workdir_step(const LayerStep& step, const std::string& path);

// The cached layer of a key, unless --no-cache.
Result<std::optional<CachedLayer>> find_cached(const LayerStep& step, const std::string& key);
// Lets `work` fill the step's upper directory, commits that as a layer and remembers it under the key. `work` runs
// while one of the build's processors is held.
using LayerWork = std::function<Result<void>(const StepDirectory& directory)>;
Result<CachedLayer> make_layer(const LayerStep& step, const std::string& key, const LayerWork& work);

// Opens the file system that the step works on, for changes.
Result<UniqueFd> open_target(const LayerStep& step, const StepDirectory& directory);
// The same of another stage or image, to read from.
Result<UniqueFd> open_layers(const BuildJob& job, const std::vector<oci::Digest>& diff_ids,
                             const StepDirectory& directory);
// A word with the stage's variables replaced.
Result<std::string> expand(const LayerStep& step, std::string_view word);

}  // namespace tare::build
