// The container's terminal.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

struct Console {
  UniqueFd master;  // for the caller
  UniqueFd slave;   // for 0, 1 and 2
};

// A terminal of the container's own devpts, owned by the process's user, also reachable as /dev/console; it becomes the
// controlling terminal of this session.
enum class ConsoleFile { kBind, kNone };
Result<Console> open_console(const oci::Process& process, ConsoleFile file);

}  // namespace tare::runtime
