// Loading a ready-compiled seccomp filter; compiling one is src/runtime/seccomp.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

// `program` is an array of struct sock_filter; `flags` are SECCOMP_FILTER_FLAG_… Without no_new_privs the caller needs
// CAP_SYS_ADMIN. With SECCOMP_FILTER_FLAG_NEW_LISTENER the result is the listener, else no valid descriptor.
Result<UniqueFd> load_seccomp_filter(std::string_view program, unsigned flags);
// Whether this kernel knows them; nothing is loaded.
bool supports_seccomp_flags(unsigned flags);
Result<void> set_no_new_privileges();

}  // namespace tare::os
