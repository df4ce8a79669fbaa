// The labels of the security modules for the user's command.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

// A proc file system of the host, opened before the container's root is entered; nothing when there are no labels.
Result<UniqueFd> open_proc_for_labels(const oci::Process& process);
// Takes effect at the next exec of this process, and of those that it bears (startContainer hooks): before user and
// capabilities change, because the kernel wants the writer to be who opened the file.
Result<void> apply_labels(const oci::Process& process, BorrowedFd proc);

}  // namespace tare::runtime
