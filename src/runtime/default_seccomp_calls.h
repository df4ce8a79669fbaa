// The calls of the default filter, as words. Docker's profile is the measure: nothing is allowed here that it denies.
#pragma once

#include <string_view>

namespace tare::runtime::calls {

constexpr std::string_view kFiles = R"(
    access arm_fadvise64_64 arm_sync_file_range cachestat chdir chmod chown chown32 close close_range copy_file_range
    creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat
    fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat
    fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr
    getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown lchown32 lgetxattr link
    linkat listmount listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat
    mknod mknodat name_to_handle_at newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2
    read readahead readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir sendfile
    sendfile64 setxattr setxattrat splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync
    sync_file_range sync_file_range2 syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat
    utimensat_time64 utimes vmsplice write writev)";

// Also what belongs to one processor family only.
constexpr std::string_view kMemory = R"(
    arch_prctl breakpoint brk cacheflush madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock
    mlock2 mlockall mmap mmap2 modify_ldt mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free
    pkey_mprotect process_mrelease remap_file_pages riscv_flush_icache riscv_hwprobe s390_pci_mmio_read
    s390_pci_mmio_write s390_runtime_instr swapcontext uretprobe)";

constexpr std::string_view kProcesses = R"(
    alarm capget capset execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv
    futex_wake get_robust_list get_thread_area getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups
    getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit
    getrusage getsid gettid getuid getuid32 ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset
    landlock_restrict_self pause pidfd_open pidfd_send_signal prctl prlimit64 process_vm_readv process_vm_writev
    ptrace restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
    sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
    set_robust_list set_thread_area set_tid_address set_tls setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32
    setgroups setgroups32 setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid
    setreuid32 setrlimit setsid setuid setuid32 sigaltstack signalfd signalfd4 sigprocmask sigreturn sysinfo tgkill
    time times tkill ugetrlimit uname vfork wait4 waitid waitpid)";

constexpr std::string_view kMessagesAndClocks = R"(
    accept accept4 adjtimex bind clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
    clock_gettime64 clock_nanosleep clock_nanosleep_time64 connect epoll_create epoll_create1 epoll_ctl epoll_ctl_old
    epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 getitimer getpeername getrandom getsockname
    getsockopt gettimeofday io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit
    ipc listen mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64
    mq_unlink msgctl msgget msgrcv msgsnd nanosleep _newselect pipe pipe2 poll ppoll ppoll_time64 pselect6
    pselect6_time64 recv recvfrom recvmmsg recvmmsg_time64 recvmsg select semctl semget semop semtimedop
    semtimedop_time64 send sendmmsg sendmsg sendto setitimer setsockopt shmat shmctl shmdt shmget shutdown socketcall
    socketpair timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
    timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64)";

// Known and denied, unless a capability lets them through. What is in no list is answered as if the kernel had no such
// call.
constexpr std::string_view kDenied = R"(
    acct add_key bpf chroot clock_settime clock_settime64 create_module delete_module fanotify_init finit_module
    fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy init_module io_uring_enter io_uring_register
    io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mbind migrate_pages mount mount_setattr move_mount move_pages nfsservctl
    open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise query_module quotactl
    quotactl_fd reboot request_key set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday
    stime swapoff swapon _sysctl sysfs syslog umount umount2 unshare uselib userfaultfd ustat vhangup vm86 vm86old)";

// Let through for who holds the capability, which the kernel asks for anyway.
struct Privileged {
  std::string_view capability;
  std::string_view calls;
};
constexpr Privileged kPrivileged[] = {{"CAP_SYS_ADMIN", R"(
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
    sethostname setns syslog umount umount2 unshare)"},
                                      {"CAP_BPF", "bpf"},
                                      {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
                                      {"CAP_PERFMON", "perf_event_open"},
                                      {"CAP_SYS_BOOT", "reboot"},
                                      {"CAP_SYS_CHROOT", "chroot"},
                                      {"CAP_SYS_MODULE", "delete_module finit_module init_module"},
                                      {"CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
                                      {"CAP_SYS_PACCT", "acct"},
                                      {"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"},
                                      {"CAP_SYS_RAWIO", "ioperm iopl"},
                                      {"CAP_SYS_TIME", "clock_settime clock_settime64 settimeofday stime"},
                                      {"CAP_SYS_TTY_CONFIG", "vhangup"},
                                      {"CAP_SYSLOG", "syslog"}};

}  // namespace tare::runtime::calls
