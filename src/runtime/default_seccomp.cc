// The default system call filter: an allow-list of what programs use that the kernel considers safe for an unprivileged
// user in namespaces. Left out: what loads code into the kernel, changes the clock, mounts, reaches
// around namespaces, or has a history of holes while hardly any program uses it (keyrings, io_uring, userfaultfd, bpf,
// perf). Tracing is allowed: since Linux 4.8 a tracer cannot get around the filter of what it traces. Some of that is
// let through for a container that holds the capability which the kernel asks for anyway.
//
// Two answers for what is not allowed: EPERM for calls that we know and deny, ENOSYS for all others, so that a C
// library that probes a newer call falls back to the older one.
#include <algorithm>

#include "runtime/defaults.h"

namespace tare::runtime {
namespace {

using Names = std::vector<std::string>;

constexpr unsigned kNotPermitted = 1;     // EPERM
constexpr unsigned kNotImplemented = 38;  // ENOSYS

const Names& files() {
  static const Names kNames = {"access",
                               "arm_fadvise64_64",
                               "arm_sync_file_range",
                               "chdir",
                               "chmod",
                               "chown",
                               "chown32",
                               "close",
                               "close_range",
                               "copy_file_range",
                               "creat",
                               "dup",
                               "dup2",
                               "dup3",
                               "faccessat",
                               "faccessat2",
                               "fadvise64",
                               "fadvise64_64",
                               "fallocate",
                               "fanotify_mark",
                               "fchdir",
                               "fchmod",
                               "fchmodat",
                               "fchmodat2",
                               "fchown",
                               "fchown32",
                               "fchownat",
                               "fcntl",
                               "fcntl64",
                               "fdatasync",
                               "fgetxattr",
                               "flistxattr",
                               "flock",
                               "fremovexattr",
                               "fsetxattr",
                               "fstat",
                               "fstat64",
                               "fstatat64",
                               "fstatfs",
                               "fstatfs64",
                               "fsync",
                               "ftruncate",
                               "ftruncate64",
                               "futimesat",
                               "getcwd",
                               "getdents",
                               "getdents64",
                               "getxattr",
                               "getxattrat",
                               "inotify_add_watch",
                               "inotify_init",
                               "inotify_init1",
                               "inotify_rm_watch",
                               "lchown",
                               "lchown32",
                               "lgetxattr",
                               "link",
                               "linkat",
                               "listxattr",
                               "listxattrat",
                               "llistxattr",
                               "lremovexattr",
                               "lseek",
                               "_llseek",
                               "lsetxattr",
                               "lstat",
                               "lstat64",
                               "mkdir",
                               "mkdirat",
                               "mknod",
                               "mknodat",
                               "newfstatat",
                               "open",
                               "openat",
                               "openat2",
                               "pread64",
                               "preadv",
                               "preadv2",
                               "pwrite64",
                               "pwritev",
                               "pwritev2",
                               "read",
                               "readahead",
                               "readdir",
                               "readlink",
                               "readlinkat",
                               "readv",
                               "removexattr",
                               "removexattrat",
                               "rename",
                               "renameat",
                               "renameat2",
                               "rmdir",
                               "sendfile",
                               "sendfile64",
                               "setxattr",
                               "setxattrat",
                               "splice",
                               "stat",
                               "stat64",
                               "statfs",
                               "statfs64",
                               "statx",
                               "symlink",
                               "symlinkat",
                               "sync",
                               "sync_file_range",
                               "sync_file_range2",
                               "syncfs",
                               "tee",
                               "truncate",
                               "truncate64",
                               "umask",
                               "unlink",
                               "unlinkat",
                               "utime",
                               "utimensat",
                               "utimensat_time64",
                               "utimes",
                               "vmsplice",
                               "write",
                               "writev",
                               "ioctl",
                               "name_to_handle_at",
                               "cachestat",
                               "statmount",
                               "listmount",
                               "file_getattr",
                               "file_setattr"};
  return kNames;
}

const Names& memory() {
  static const Names kNames = {"arch_prctl",
                               "breakpoint",
                               "brk",
                               "cacheflush",
                               "madvise",
                               "map_shadow_stack",
                               "membarrier",
                               "memfd_create",
                               "memfd_secret",
                               "mincore",
                               "mlock",
                               "mlock2",
                               "mlockall",
                               "mmap",
                               "mmap2",
                               "mprotect",
                               "mremap",
                               "mseal",
                               "msync",
                               "munlock",
                               "munlockall",
                               "munmap",
                               "pkey_alloc",
                               "pkey_free",
                               "pkey_mprotect",
                               "process_madvise",
                               "process_mrelease",
                               "remap_file_pages",
                               "modify_ldt"};
  return kNames;
}

const Names& processes() {
  static const Names kNames = {"alarm",
                               "capget",
                               "capset",
                               "execve",
                               "execveat",
                               "exit",
                               "exit_group",
                               "fork",
                               "futex",
                               "futex_requeue",
                               "futex_time64",
                               "futex_wait",
                               "futex_waitv",
                               "futex_wake",
                               "get_robust_list",
                               "get_thread_area",
                               "getcpu",
                               "getegid",
                               "getegid32",
                               "geteuid",
                               "geteuid32",
                               "getgid",
                               "getgid32",
                               "getgroups",
                               "getgroups32",
                               "getpgid",
                               "getpgrp",
                               "getpid",
                               "getppid",
                               "getpriority",
                               "getresgid",
                               "getresgid32",
                               "getresuid",
                               "getresuid32",
                               "getrlimit",
                               "getrusage",
                               "getsid",
                               "gettid",
                               "getuid",
                               "getuid32",
                               "ioprio_get",
                               "ioprio_set",
                               "kill",
                               "landlock_add_rule",
                               "landlock_create_ruleset",
                               "landlock_restrict_self",
                               "lsm_get_self_attr",
                               "lsm_list_modules",
                               "pause",
                               "pidfd_open",
                               "pidfd_send_signal",
                               "prctl",
                               "prlimit64",
                               "process_vm_readv",
                               "process_vm_writev",
                               "ptrace",
                               "restart_syscall",
                               "rseq",
                               "rt_sigaction",
                               "rt_sigpending",
                               "rt_sigprocmask",
                               "rt_sigqueueinfo",
                               "rt_sigreturn",
                               "rt_sigsuspend",
                               "rt_sigtimedwait",
                               "rt_sigtimedwait_time64",
                               "rt_tgsigqueueinfo",
                               "sched_get_priority_max",
                               "sched_get_priority_min",
                               "sched_getaffinity",
                               "sched_getattr",
                               "sched_getparam",
                               "sched_getscheduler",
                               "sched_rr_get_interval",
                               "sched_rr_get_interval_time64",
                               "sched_setaffinity",
                               "sched_setattr",
                               "sched_setparam",
                               "sched_setscheduler",
                               "sched_yield",
                               "seccomp",
                               "set_robust_list",
                               "set_thread_area",
                               "set_tid_address",
                               "set_tls",
                               "setfsgid",
                               "setfsgid32",
                               "setfsuid",
                               "setfsuid32",
                               "setgid",
                               "setgid32",
                               "setgroups",
                               "setgroups32",
                               "setpgid",
                               "setpriority",
                               "setregid",
                               "setregid32",
                               "setresgid",
                               "setresgid32",
                               "setresuid",
                               "setresuid32",
                               "setreuid",
                               "setreuid32",
                               "setrlimit",
                               "setsid",
                               "setuid",
                               "setuid32",
                               "sigaltstack",
                               "signal",
                               "signalfd",
                               "signalfd4",
                               "sigpending",
                               "sigprocmask",
                               "sigreturn",
                               "sigsuspend",
                               "sigaction",
                               "sysinfo",
                               "tgkill",
                               "time",
                               "times",
                               "tkill",
                               "ugetrlimit",
                               "uname",
                               "vfork",
                               "wait4",
                               "waitid",
                               "waitpid"};
  return kNames;
}

const Names& messages_and_clocks() {
  static const Names kNames = {"accept",
                               "accept4",
                               "bind",
                               "clock_getres",
                               "clock_getres_time64",
                               "clock_gettime",
                               "clock_gettime64",
                               "clock_nanosleep",
                               "clock_nanosleep_time64",
                               "connect",
                               "epoll_create",
                               "epoll_create1",
                               "epoll_ctl",
                               "epoll_ctl_old",
                               "epoll_pwait",
                               "epoll_pwait2",
                               "epoll_wait",
                               "epoll_wait_old",
                               "eventfd",
                               "eventfd2",
                               "getitimer",
                               "getpeername",
                               "getrandom",
                               "getsockname",
                               "getsockopt",
                               "gettimeofday",
                               "io_cancel",
                               "io_destroy",
                               "io_getevents",
                               "io_pgetevents",
                               "io_pgetevents_time64",
                               "io_setup",
                               "io_submit",
                               "ipc",
                               "listen",
                               "mq_getsetattr",
                               "mq_notify",
                               "mq_open",
                               "mq_timedreceive",
                               "mq_timedreceive_time64",
                               "mq_timedsend",
                               "mq_timedsend_time64",
                               "mq_unlink",
                               "msgctl",
                               "msgget",
                               "msgrcv",
                               "msgsnd",
                               "nanosleep",
                               "_newselect",
                               "pipe",
                               "pipe2",
                               "poll",
                               "ppoll",
                               "ppoll_time64",
                               "pselect6",
                               "pselect6_time64",
                               "recv",
                               "recvfrom",
                               "recvmmsg",
                               "recvmmsg_time64",
                               "recvmsg",
                               "select",
                               "semctl",
                               "semget",
                               "semop",
                               "semtimedop",
                               "semtimedop_time64",
                               "send",
                               "sendmmsg",
                               "sendmsg",
                               "sendto",
                               "setitimer",
                               "setsockopt",
                               "shmat",
                               "shmctl",
                               "shmdt",
                               "shmget",
                               "shutdown",
                               "socketcall",
                               "socketpair",
                               "timer_create",
                               "timer_delete",
                               "timer_getoverrun",
                               "timer_gettime",
                               "timer_gettime64",
                               "timer_settime",
                               "timer_settime64",
                               "timerfd_create",
                               "timerfd_gettime",
                               "timerfd_gettime64",
                               "timerfd_settime",
                               "timerfd_settime64",
                               "adjtimex",
                               "clock_adjtime",
                               "clock_adjtime64"};
  return kNames;
}

// Known and denied, unless a capability lets them through below.
const Names& denied() {
  static const Names kNames = {"acct",
                               "add_key",
                               "bpf",
                               "chroot",
                               "clock_settime",
                               "clock_settime64",
                               "create_module",
                               "delete_module",
                               "fanotify_init",
                               "finit_module",
                               "fsconfig",
                               "fsmount",
                               "fsopen",
                               "fspick",
                               "get_kernel_syms",
                               "get_mempolicy",
                               "init_module",
                               "io_uring_enter",
                               "io_uring_register",
                               "io_uring_setup",
                               "ioperm",
                               "iopl",
                               "kcmp",
                               "kexec_file_load",
                               "kexec_load",
                               "keyctl",
                               "lookup_dcookie",
                               "mbind",
                               "migrate_pages",
                               "mount",
                               "mount_setattr",
                               "move_mount",
                               "move_pages",
                               "nfsservctl",
                               "open_by_handle_at",
                               "open_tree",
                               "perf_event_open",
                               "personality",
                               "pidfd_getfd",
                               "pivot_root",
                               "query_module",
                               "quotactl",
                               "quotactl_fd",
                               "reboot",
                               "request_key",
                               "set_mempolicy",
                               "set_mempolicy_home_node",
                               "sethostname",
                               "setdomainname",
                               "setns",
                               "settimeofday",
                               "socket",
                               "stime",
                               "swapoff",
                               "swapon",
                               "_sysctl",
                               "sysfs",
                               "syslog",
                               "umount",
                               "umount2",
                               "unshare",
                               "uselib",
                               "userfaultfd",
                               "ustat",
                               "vhangup",
                               "vm86",
                               "vm86old",
                               "clone"};
  return kNames;
}

struct Privileged {
  const char* capability;
  Names names;
};

const std::vector<Privileged>& privileged() {
  static const std::vector<Privileged> kPrivileged = {
      {"CAP_SYS_ADMIN",
       {"bpf",       "clone",           "clone3",         "fanotify_init", "fsconfig",      "fsmount",
        "fsopen",    "fspick",          "lookup_dcookie", "mount",         "mount_setattr", "move_mount",
        "open_tree", "perf_event_open", "quotactl",       "quotactl_fd",   "setdomainname", "sethostname",
        "setns",     "syslog",          "umount",         "umount2",       "unshare"}},
      {"CAP_BPF", {"bpf"}},
      {"CAP_DAC_READ_SEARCH", {"open_by_handle_at"}},
      {"CAP_PERFMON", {"perf_event_open"}},
      {"CAP_SYS_BOOT", {"reboot", "kexec_load", "kexec_file_load"}},
      {"CAP_SYS_CHROOT", {"chroot"}},
      {"CAP_SYS_MODULE", {"delete_module", "finit_module", "init_module"}},
      {"CAP_SYS_NICE",
       {"get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy", "set_mempolicy_home_node"}},
      {"CAP_SYS_PACCT", {"acct"}},
      {"CAP_SYS_PTRACE", {"kcmp", "pidfd_getfd"}},
      {"CAP_SYS_RAWIO", {"ioperm", "iopl"}},
      {"CAP_SYS_TIME", {"clock_settime", "clock_settime64", "settimeofday", "stime"}},
      {"CAP_SYS_TTY_CONFIG", {"vhangup"}},
      {"CAP_SYSLOG", {"syslog"}}};
  return kPrivileged;
}

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

oci::SeccompRule allow_if(const std::string& name, std::vector<oci::SeccompArgument> arguments) {
  return {{name}, "SCMP_ACT_ALLOW", {}, std::move(arguments)};
}

oci::SeccompRule deny_if(const std::string& name, std::vector<oci::SeccompArgument> arguments) {
  return {{name}, "SCMP_ACT_ERRNO", kNotPermitted, std::move(arguments)};
}

void add_conditional(bool may_make_namespaces, std::vector<oci::SeccompRule>& rules) {
  // PER_LINUX, PER_LINUX32, UNAME26 with both, and the question (0xffffffff).
  for (const uint64_t persona : {0x0ULL, 0x8ULL, 0x20000ULL, 0x20008ULL, 0xffffffffULL}) {
    rules.push_back(allow_if("personality", {{0, persona, 0, "SCMP_CMP_EQ"}}));
  }
  // Virtual machine sockets reach the host around every network namespace.
  constexpr uint64_t kVsock = 40;
  rules.push_back(allow_if("socket", {{0, kVsock, 0, "SCMP_CMP_NE"}}));
  rules.push_back(deny_if("socket", {{0, kVsock, 0, "SCMP_CMP_EQ"}}));
  if (may_make_namespaces) return;
  // No CLONE_NEW… flag. clone3 keeps its flags in memory, out of a filter's sight: ENOSYS makes libraries use clone.
  constexpr uint64_t kNamespaceFlags = 0x7e020000;
  rules.push_back(allow_if("clone", {{0, kNamespaceFlags, 0, "SCMP_CMP_MASKED_EQ"}}));
  for (uint64_t flag = 1; flag <= kNamespaceFlags; flag <<= 1) {
    if ((kNamespaceFlags & flag) == 0) continue;
    rules.push_back(deny_if("clone", {{0, flag, flag, "SCMP_CMP_MASKED_EQ"}}));
  }
}

// What is allowed through capabilities, and what is left to deny.
Names allowed_by(const Names& capabilities) {
  Names names;
  for (const auto& entry : privileged()) {
    if (holds(capabilities, entry.capability)) names.insert(names.end(), entry.names.begin(), entry.names.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

oci::Seccomp default_seccomp(const std::vector<std::string>& capabilities) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.default_errno_ret = kNotImplemented;
#if defined(__x86_64__)
  profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#elif defined(__aarch64__)
  profile.architectures = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#endif
  for (const auto* group : {&files(), &memory(), &processes(), &messages_and_clocks()}) {
    profile.syscalls.push_back({*group, "SCMP_ACT_ALLOW", {}, {}});
  }
  const Names allowed = allowed_by(capabilities);
  if (!allowed.empty()) profile.syscalls.push_back({allowed, "SCMP_ACT_ALLOW", {}, {}});
  const bool may_make_namespaces = holds(allowed, "clone");
  add_conditional(may_make_namespaces, profile.syscalls);
  // Calls with a conditional rule are not in the list: libseccomp gives them the default answer.
  static const Names kConditional = {"personality", "socket", "clone"};
  Names refused;
  for (const auto& name : denied()) {
    if (!holds(allowed, name) && !holds(kConditional, name)) refused.push_back(name);
  }
  profile.syscalls.push_back({refused, "SCMP_ACT_ERRNO", kNotPermitted, {}});
  return profile;
}

}  // namespace tare::runtime
