// What a RUN step executes, and the container that it executes it in. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/build.h"
#include "build/dockerfile/instruction.h"
#include "build/graph/scope.h"
#include "build/graph/stage_state.h"
#include "oci/runtime_spec.h"
#include "runtime/user_lookup.h"

namespace tare::build {

struct RunPlan {
  std::vector<std::string> arguments;
  std::optional<std::string> script;  // a heredoc with its own "#!": the content of a file, which is arguments[0]
  std::vector<std::string> environment;
  std::string directory;  // the working directory
  NetworkMode network = NetworkMode::kDefault;
  std::string created_by;  // for the history
};

// `given` are the --build-args, of which the proxies reach every RUN.
Result<RunPlan> plan_run(const Instruction& instruction, const StageState& state, const BuildArguments& given,
                         NetworkMode network);

struct RunFacts {
  runtime::ResolvedUser user;
  NetworkMode network = NetworkMode::kDefault;  // what the step gets in the end
  bool in_user_namespace = false;               // we are root in a user namespace only
};
// The runtime's defaults with the plan filled in, without the step's mounts.
oci::RuntimeSpec plan_run_spec(const RunPlan& plan, const RunFacts& facts);

}  // namespace tare::build
