// One stage from FROM to its last instruction, one step after the other.
#pragma once

#include "base/result.h"
#include "build/graph/job.h"
#include "build/graph/plan.h"
#include "build/graph/stage_state.h"

namespace tare::build {

// Blocks; waits for the stages that it takes from. Errors name the Dockerfile's line.
Result<StageState> build_stage(const BuildJob& job, const PlannedStage& planned);

}  // namespace tare::build
