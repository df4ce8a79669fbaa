// The labels of AppArmor and SELinux that the calling process gets at its next exec.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

bool has_apparmor();
bool has_selinux();

// `proc` is open on a proc file system that knows the caller (O_PATH is enough): the container's own may not be there,
// or lie. The label is the kernel's at once, so a later change of user does not touch it.
Result<void> set_apparmor_profile_on_exec(BorrowedFd proc, const std::string& profile);
Result<void> set_selinux_label_on_exec(BorrowedFd proc, const std::string& label);

}  // namespace tare::os
