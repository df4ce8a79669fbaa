#include "build/build_stage.h"

#include <algorithm>

#include "build/execute/layer_step.h"
#include "build/graph/configure.h"

namespace tare::build {
namespace {

// Docker's names for layers have OCI twins of the same bytes; an image is of one kind.
oci::Descriptor as_oci_layer(oci::Descriptor descriptor) {
  if (descriptor.media_type == oci::media_type::kDockerLayer) {
    descriptor.media_type = std::string(oci::media_type::kOciLayerGzip);
  }
  return descriptor;
}

class StageBuilder {
 public:
  StageBuilder(const BuildJob& job, const PlannedStage& planned)
      : job_(job), planned_(planned), stage_(job.dockerfile.stages[planned.index]) {}

  Result<StageState> run() {
    for (const auto& instruction : stage_.instructions) total_ += makes_layer(instruction.kind) ? 1 : 0;
    auto begun = begin();
    if (!begun.ok()) return job_.dockerfile.source.located(stage_.from.line, std::move(begun).error());
    TRY(run_triggers());
    for (const auto& instruction : stage_.instructions) {
      auto applied = apply(instruction);
      if (!applied.ok()) return job_.dockerfile.source.located(instruction.line, std::move(applied).error());
    }
    return std::move(state_);
  }

 private:
  // "[build 2/4] RUN make": stages without a name go by number, a single stage by nothing.
  std::string step_name(std::string_view text) {
    std::string name = stage_.name;
    if (name.empty() && job_.dockerfile.stages.size() > 1) name = formatted("stage-{}", stage_.index);
    return formatted("[{}{}{}/{}] {}", name, name.empty() ? "" : " ", ++number_, total_, text);
  }

  Result<void> begin() {
    if (planned_.base_stage) {
      state_ = *TRY(job_.stages.wait(*planned_.base_stage));
      state_.scope = StageScope();  // ARGs end with their stage
      state_.cmd_was_set = false;
      return {};
    }
    if (planned_.base == "scratch") {
      state_ = scratch_state(job_.request.platform);
      return {};
    }
    auto report = job_.reporter.begin(step_name("FROM " + planned_.base));
    auto image = resolve_image(job_, planned_.base);
    if (!image.ok()) {
      report.failed(image.error());
      return std::move(image).error().context(planned_.base);
    }
    report.cached();
    return begin_from(*image);
  }

  Result<void> begin_from(const store::Image& image) {
    const auto& platform = image.config.platform;
    if (platform.architecture != job_.request.platform.architecture || platform.os != job_.request.platform.os) {
      return Failure(ErrorKind::kUnsupported, "the image is for {}, not for {}", platform.string(),
                     job_.request.platform.string());
    }
    state_.config = image.config;
    for (const auto& layer : image.manifest.layers) state_.layers.push_back(as_oci_layer(layer));
    if (state_.layers.size() == state_.config.diff_ids.size()) return {};
    return Error(ErrorKind::kCorrupt, "its manifest and its configuration disagree about the layers");
  }

  // ONBUILD of the base image: as if these lines stood behind FROM.
  Result<void> run_triggers() {
    const auto triggers = std::exchange(state_.config.config.on_build, {});
    for (const auto& text : triggers) {
      auto trigger = parse_instruction({stage_.from.line, text, {}}, '\\');
      auto applied = trigger.ok() ? apply(*trigger) : Result<void>(std::move(trigger).error());
      if (applied.ok()) continue;
      return job_.dockerfile.source.located(stage_.from.line,
                                            std::move(applied).error().context(formatted("ONBUILD {}", text)));
    }
    return {};
  }

  Result<void> apply(const Instruction& instruction) {
    if (job_.stages.failed()) return Error(ErrorKind::kCancelled, "the build failed in another stage");
    if (!makes_layer(instruction.kind)) {
      return configure(state_, instruction, {job_.global, job_.dockerfile.escape, job_.created});
    }
    TRY(wait_for_sources(instruction));
    auto report = job_.reporter.begin(step_name(instruction.text));
    auto result = execute(instruction, report);
    if (!result.ok()) {
      report.failed(result.error());
      return std::move(result).error();
    }
    if (result->cached)
      report.cached();
    else
      report.done();
    add_layer(std::move(result).value());
    return {};
  }

  // A step that waits for another stage has not begun.
  Result<void> wait_for_sources(const Instruction& instruction) {
    for (const auto& source : sources_of(instruction)) {
      if (const auto index = job_.dockerfile.find_stage(source, stage_.index)) TRY(job_.stages.wait(*index));
    }
    return {};
  }

  Result<LayerResult> execute(const Instruction& instruction, StepReport& report) {
    const LayerStep step{job_, state_, instruction, stage_.index, report};
    if (instruction.kind == InstructionKind::kRun) return run_step(step);
    if (instruction.kind != InstructionKind::kWorkdir) return copy_step(step);
    auto& working_dir = state_.config.config.working_dir;
    const auto path = resolve_workdir(working_dir, TRY(expand(step, instruction.words[0])));
    auto result = workdir_step(step, path);
    working_dir = path;
    return result;
  }

  void add_layer(LayerResult result) {
    state_.layers.push_back(
        {.media_type = result.layer.media_type, .digest = result.layer.digest, .size = result.layer.size});
    state_.config.diff_ids.push_back(result.layer.diff_id);
    state_.config.history.push_back(
        {.created = job_.created, .created_by = std::move(result.created_by), .comment = "buildkit.dockerfile.v0"});
  }

  const BuildJob& job_;
  const PlannedStage& planned_;
  const Stage& stage_;
  StageState state_;
  size_t number_ = 0;
  size_t total_ = 1;  // FROM counts
};

}  // namespace

Result<StageState> build_stage(const BuildJob& job, const PlannedStage& planned) {
  return StageBuilder(job, planned).run();
}

}  // namespace tare::build
