#include "build/execute/layer_step.h"

#include "build/execute/clamp_times.h"
#include "build/execute/target_folder.h"
#include "build/graph/step_key.h"

namespace tare::build {
namespace {

class HeldProcessor {
 public:
  explicit HeldProcessor(std::counting_semaphore<>& processors) : processors_(processors) { processors_.acquire(); }
  HeldProcessor(const HeldProcessor&) = delete;
  HeldProcessor& operator=(const HeldProcessor&) = delete;
  ~HeldProcessor() { processors_.release(); }

 private:
  std::counting_semaphore<>& processors_;
};

}  // namespace

Result<std::string> expand(const LayerStep& step, std::string_view word) {
  return expand_word(word, step.state.scope.lookup(step.state.config.config.env), step.job.dockerfile.escape);
}

Result<std::optional<CachedLayer>> find_cached(const LayerStep& step, const std::string& key) {
  if (step.job.request.no_cache) return std::optional<CachedLayer>();
  return step.job.cache.find_layer(key);
}

Result<CachedLayer> make_layer(const LayerStep& step, const std::string& key, const LayerWork& work) {
  const HeldProcessor processor(step.job.processors);
  if (step.job.stages.failed()) return Error(ErrorKind::kCancelled, "the build failed in another stage");
  const auto directory = TRY(StepDirectory::create(step.job.work_directory));
  TRY(work(directory));
  TRY(set_top_time(directory.upper(), TimeRule{step.job.epoch}.without_source()));
  if (step.job.epoch) TRY(clamp_times(directory.upper(), *step.job.epoch));
  const auto committed = TRY(step.job.store.commit_layer(directory.upper()));
  CachedLayer layer{committed.descriptor.media_type, committed.descriptor.digest, committed.descriptor.size,
                    committed.diff_id};
  TRY(step.job.cache.remember_layer(key, layer));
  return layer;
}

Result<UniqueFd> open_target(const LayerStep& step, const StepDirectory& directory) {
  const auto lower = TRY(step.job.store.lower_layers(step.state.config.diff_ids));
  return open_merged_tree(lower, directory, TreeAccess::kWritable);
}

Result<UniqueFd> open_layers(const BuildJob& job, const std::vector<oci::Digest>& diff_ids,
                             const StepDirectory& directory) {
  const auto lower = TRY(job.store.lower_layers(diff_ids));
  return open_merged_tree(lower, directory, TreeAccess::kReadOnly);
}

Result<LayerResult> workdir_step(const LayerStep& step, const std::string& path) {
  const auto key = StepKey("WORKDIR", step.state.config.diff_ids).add("path", path).finish();
  const auto created_by = "WORKDIR " + path;
  if (auto cached = TRY(find_cached(step, key))) return LayerResult{std::move(*cached), created_by, true};
  const auto make_folder = [&](const StepDirectory& directory) -> Result<void> {
    const auto target = TRY(open_target(step, directory));
    KeptTimes kept(target);
    TRY(open_or_make_folder(target, path, {}, {step.job.epoch}, kept));
    return kept.restore();
  };
  auto layer = TRY(make_layer(step, key, make_folder));
  return LayerResult{std::move(layer), created_by, false};
}

}  // namespace tare::build
