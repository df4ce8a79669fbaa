// What becomes of a container that runs now: we stay with it until it has ended, or go.
#pragma once

#include <string>

#include "commands.h"
#include "launch.h"

namespace tare::cmd {

// Takes away what there is of a container; a failure is told and changes nothing.
void discard_quietly(const std::string& id, const Records& records);
// The exit code: the container's, or 0 of a detached one. Heeds --no-subreaper and --keep.
Result<int> attend(const Launch& launch, const runtime::Container& container, const Invocation& invocation);

}  // namespace tare::cmd
