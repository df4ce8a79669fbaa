// The steps of create() that restoring a checkpoint has too.
#pragma once

#include "base/result.h"
#include "os/cgroup.h"
#include "runtime/plan/host_facts.h"
#include "runtime/plan/plan.h"
#include "runtime/runtime.h"

namespace tare::runtime {

Result<Plan> make_plan(const CreateOptions& options, const HostFacts& facts);
// With its limits. kConflict when others are in it already; empty where an ordinary user can have none and needs none.
Result<os::Cgroup> make_cgroup(const CreateOptions& options, const Plan& plan, const HostFacts& facts);
// The groups to be removed with the container. Nothing without linux.intelRdt.
Result<std::vector<std::string>> make_resctrl(const Plan& plan);
// prestart and createRuntime, with the container in the state "creating".
Result<void> run_runtime_hooks(const CreateOptions& options, pid_t pid);

}  // namespace tare::runtime
