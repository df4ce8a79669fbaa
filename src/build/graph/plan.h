// Which stages a target needs, and in what order they can be built. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/dockerfile/dockerfile.h"
#include "build/graph/scope.h"

namespace tare::build {

struct PlannedStage {
  size_t index = 0;                  // in the Dockerfile
  std::string base;                  // what FROM names, expanded: "scratch", an image, or a stage
  std::optional<size_t> base_stage;  // when it is a stage
  std::vector<size_t> needs;         // stages: the base, and what COPY --from and RUN --mount take from
};

struct StagePlan {
  std::vector<PlannedStage> stages;  // ascending by index: what a stage needs stands before it; the target is last
};

// `target`: a name or a number; empty: the last stage.
Result<StagePlan> plan_stages(const Dockerfile& dockerfile, const GlobalScope& scope, const std::string& target,
                              const oci::Platform& platform);

// The names of stages or images that an instruction takes files from (COPY --from, RUN --mount=…,from=…).
std::vector<std::string> sources_of(const Instruction& instruction);

}  // namespace tare::build
