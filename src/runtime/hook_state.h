// The state of a container as the specification has it: what hooks read on their standard input.
#pragma once

#include <sys/types.h>

#include <string>

#include "oci/runtime_spec.h"

namespace tare::runtime {

struct HookState {
  std::string id;
  std::string status;  // "creating", "created", "running", "stopped"
  pid_t pid = 0;
  std::string bundle;
};

std::string state_json(const HookState& state, const oci::RuntimeSpec& spec);

// The same within the container process state that a seccomp agent gets.
std::string process_state_json(const HookState& state, const oci::RuntimeSpec& spec);

}  // namespace tare::runtime
