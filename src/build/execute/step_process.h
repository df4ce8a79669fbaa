// A RUN step runs below a process of its own, because the runtime clones, and may do so only from a process with one
// thread, while a build has many:
//
//   build thread ── spawns ──▶ PROGRAM run-step DIRECTORY PID ── runtime::create ──▶ the step's command
//                ◀─ fd 3 ────  an encoded Error, or end of file
//                ◀─ 1, 2 ────────────────────────────────────────────────────── its output
//
// DIRECTORY holds config.json (the OCI runtime configuration) and `overlay` (the layers below and the upper
// directory). With the word `network`, descriptor 4 is the network namespace. The exit code is the command's; all of it
// dies with the build's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "os/process.h"
#include "runtime/runtime.h"

namespace tare::build {

struct StepProcess {
  os::Child child;
  UniqueFd output;  // what the command writes to 1 and 2; at its end when nobody holds it any more
  UniqueFd report;  // the error, if there is one
};

struct StepProcessPlan {
  std::string program;    // that knows `run-step`
  std::string directory;  // for the two files; must exist
  const oci::RuntimeSpec& spec;
  runtime::OverlayRoot overlay;
  std::optional<BorrowedFd> network_namespace;
};

// Returns once the process runs; the command itself may still fail to start.
Result<StepProcess> start_step_process(const StepProcessPlan& plan);

// What `PROGRAM run-step DIRECTORY PID [network]` does (PID: the build's process); `words` begin with "run-step". The
// result is the exit code.
int run_step_process(const std::vector<std::string>& words);

}  // namespace tare::build
