// bpf(2): the little that cgroup v2 devices need.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

// Loads a device program (struct bpf_insn as bytes) and attaches it to a cgroup v2 directory; it lives as long as the
// cgroup.
Result<void> attach_device_program(BorrowedFd cgroup_directory, std::string_view program);

}  // namespace tare::os
