// What an update needs to know of the limits before it: some are written together. Pure.
#pragma once

#include "oci/runtime_spec.h"
#include "runtime/runtime.h"

namespace tare::cmd {

// What is asked for, with the other half of each pair taken from `before`; zeros, which stand for "unchanged", dropped.
oci::Resources complete_update(oci::Resources asked, const oci::Resources& before);
// `before` with what an update has changed.
void remember_update(const oci::Resources& changed, oci::Resources& before);

}  // namespace tare::cmd
