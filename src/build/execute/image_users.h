// Users and groups by the names that the image itself gives them (/etc/passwd, /etc/group).
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "build/execute/target_folder.h"
#include "runtime/user_lookup.h"

namespace tare::build {

// USER: "", "app", "1000", "app:staff". `root` is the image's file system; files that are missing are empty.
Result<runtime::ResolvedUser> resolve_image_user(BorrowedFd root, const std::string& user);
// --chown: the same, but a user without a group means the group of the same number, as BuildKit has it.
Result<Owner> resolve_owner(BorrowedFd root, const std::string& chown);

}  // namespace tare::build
