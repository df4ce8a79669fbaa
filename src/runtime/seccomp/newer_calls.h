// System calls that are newer than a profile. A program tries a new one and takes the old way when it hears ENOSYS;
// EPERM, which profiles of old give to whatever they do not name, ends it instead. So calls with a higher number than
// any that the profile names are answered with ENOSYS before the filter itself is asked, as runc does.
#pragma once

#include <string>

#include "oci/runtime_spec.h"

namespace tare::runtime {

// Instructions (struct sock_filter as bytes) to be put before the profile's; empty when its default lets calls through,
// or is ENOSYS already.
std::string answer_newer_calls(const oci::Seccomp& profile);

}  // namespace tare::runtime
