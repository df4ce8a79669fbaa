// What becomes of a container that runs now: we stay with it until it has ended, or go.
#pragma once

#include <string>

#include "commands.h"
#include "launch.h"

namespace tare::cmd {

// Takes away what there is of a container; a failure is told and changes nothing.
void discard_quietly(const std::string& id, const Records& records);
// Orphans of a container without its own pid namespace come to us then: nobody else knows that they have to be reaped.
// Before anything of it runs, or the first of them go elsewhere. Heeds --no-subreaper.
void adopt_orphans(const Launch& launch, const Invocation& invocation);
// The exit code: the container's, or 0 of a detached one. Heeds --keep.
Result<int> attend(const Launch& launch, const runtime::Container& container, const Invocation& invocation);

}  // namespace tare::cmd
