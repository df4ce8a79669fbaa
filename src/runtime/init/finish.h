// The end that create() and exec() share: from a process inside the container's namespaces and root to the user's
// command.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/plan/process_limits.h"
#include "runtime/seccomp/compile.h"
#include "runtime/seccomp/listener.h"

namespace tare::runtime {

struct Finish {
  const oci::Process& process;
  const ProcessPlan& plan;
  const std::optional<SeccompFilter>& seccomp;
  const SeccompAgent* agent = nullptr;  // when the filter asks one
  BorrowedFd sync;                      // the only descriptor kept beside those of the process
  bool die_with_caller = false;
  std::function<Result<void>()> last_step{};  // with the rights that the command will have; empty: none
};

// The caller's death kills us; false: it is dead already.
bool bind_life_to_caller(BorrowedFd sync);
// Working directory, limits, user, capabilities, filter, exec. Returns only on failure.
Error finish(const Finish& finish);

// What the process is executed with: each variable once, and HOME from the container's /etc/passwd when nobody set it,
// as every runtime does.
std::vector<std::string> complete_environment(const oci::Process& process);

}  // namespace tare::runtime
