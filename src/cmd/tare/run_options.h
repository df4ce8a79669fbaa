// The options of `run` and `create`, from words to engine::ContainerOptions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/tare/command.h"
#include "engine/container_options.h"

namespace tare::cmd {

enum class RunKind { kRun, kCreate };

struct RunOptions {
  engine::ContainerOptions container;
  bool detach = false;
  std::vector<std::string> attach;  // "stdin", "stdout", "stderr"; none: stdout and stderr
  std::string pull = "missing";     // "always", "missing", "never"
  std::string cid_file;
  bool quiet = false;
  bool signal_proxy = true;
};

Result<RunOptions> parse_run_options(const Words& words, RunKind kind);

}  // namespace tare::cmd
