// Namespaces: entering and leaving them. The kinds are the CLONE_NEW… flags of <sched.h>.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace tare::os {

#ifndef CLONE_NEWTIME
constexpr int CLONE_NEWTIME = 0x80;
#endif

// setns(2). `kind` is one flag, or several when `fd` is a pidfd.
Result<void> join_namespace(BorrowedFd fd, int kind);
Result<void> unshare(int kinds);
// "pid", "net", "mnt", … as in /proc/PID/ns.
const char* namespace_name(int kind);
// Opens /proc/PID/ns/NAME.
Result<UniqueFd> open_namespace(pid_t pid, int kind);
// True outside the first user namespace, where many things are forbidden even to root.
bool in_user_namespace();

Result<void> set_hostname(const std::string& name);
Result<void> set_domainname(const std::string& name);
// Brings the loopback interface of the current network namespace up.
Result<void> bring_loopback_up();

}  // namespace tare::os
