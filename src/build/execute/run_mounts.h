// The mounts of one RUN step made ready: sources copied or locked, secrets written where only the step sees them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "build/execute/layer_step.h"
#include "build/execute/run_mount.h"
#include "oci/runtime_spec.h"
#include "os/file.h"

namespace tare::build {

struct PreparedMounts {
  std::vector<oci::Mount> mounts;        // in the order of the flags
  std::vector<std::string> environment;  // secrets that are variables
  std::vector<os::FileLock> locks;       // on cache directories, while the step runs
};

// What the step's flags say, in order.
Result<std::vector<RunMount>> read_run_mounts(const LayerStep& step);
// A digest of the files that the bind mounts show: part of the step's key.
Result<std::string> digest_bind_mounts(const LayerStep& step, const std::vector<RunMount>& mounts);
// Puts what it makes below `directory`, which must outlive the step.
Result<PreparedMounts> prepare_run_mounts(const LayerStep& step, const std::vector<RunMount>& mounts,
                                          const std::string& directory);

}  // namespace tare::build
