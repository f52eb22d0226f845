"""The allow-list: for every system call, whether a process may make it unobserved, and why.

Each call is in one class:

* *followed*: the call stops the process. The explorer has rules for the call, gives the same answer
  in every run, or flags the call. An operation class or a function in simpsh.explore.objects is
  registered for it.
* *private*: other processes cannot notice the call, and its result depends only on its own process.
  These calls run at full speed. PRIVATE gives the reasons.
* *named*: the call's effect is not modelled. The run ends there, and the verdict names the call.

All other calls, which are rare or new, are also named. Only this list decides which calls are
harmless, not the behaviour of a program in some run.
"""

from __future__ import annotations

LEAVES_A_MARK = frozenset(
    (
        *("sigaltstack", "madvise", "arch_prctl", "set_thread_area", "pkey_mprotect"),
        *("pkey_alloc", "pkey_free", "map_shadow_stack", "mseal", "prctl", "setsid", "setpgid"),
    )
)
"""Calls that change kernel state shown neither in the process's memory nor in /proc. Two processes
can only be in the same state if both have made the same calls of this kind."""

PRIVATE = {
    "concerns its own memory; a mapping of shared memory is flagged": (
        "brk mprotect munmap mremap msync get_thread_area"
    ),
    "returns the memory policy of its own process": "get_mempolicy",
    "concerns its own pid, which never changes": "getpid gettid set_tid_address",
    "changes its own directory, its mask of new files or its descriptors": (
        "fchdir umask epoll_create epoll_create1"
    ),
    "returns its own users and groups, which no other process can change": (
        "getuid geteuid getgid getegid getresuid getresgid"
    ),
    "returns its own limits, which nothing changes": "getrlimit",
    "concerns its own threads; a program with several is flagged": (
        "set_robust_list restart_syscall"
    ),
    "returns facts about the machine, the same for all processes and all runs": (
        "uname sched_get_priority_max sched_get_priority_min sysfs"
    ),
    "only lets other processes run first, which some order does anyway": "sched_yield",
    "orders accesses to memory, which are in order anyway": "membarrier",
    "writes data to the disk that processes see without that": (
        "fsync fdatasync sync syncfs sync_file_range fadvise64 readahead"
    ),
}
"""Calls that no other process can notice, by the reason."""

WITHOUT_PLACES = frozenset(
    (
        *("brk", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid"),
        *("restart_syscall", "sched_yield", "membarrier", "fsync"),
        *("fdatasync", "sync", "syncfs", "sched_get_priority_max", "sched_get_priority_min"),
    )
)
"""Private calls without arguments that point to memory."""

NAMED = {
    "priorities, limits or the choice of processors": (
        "prlimit64 sched_getaffinity "
        "setpriority getpriority ioprio_get ioprio_set setrlimit set_mempolicy "
        "sched_setaffinity sched_setparam sched_setscheduler sched_setattr "
        "sched_getparam sched_getscheduler sched_getattr"
    ),
    "the resources that processes have used": "getrusage",
    "memory that is locked": "mlock mlock2 mlockall munlock munlockall",
    "the set of pending signals": "rt_sigpending",
    "waits for other ends than wait, waitpid and wait3 report": "waitid",
    "ptrace": "ptrace",
    "bytes that are moved in the kernel": "splice tee vmsplice copy_file_range sendfile",
    "calls that the C library makes for it": "clone3",
    "process groups": "getpgid getsid",
    "facts that only statx shows": "statx",
    "several buffers in one call": "readv writev preadv pwritev preadv2 pwritev2",
    "System V IPC": (
        "semget semop semtimedop semctl msgget msgsnd msgrcv msgctl shmget shmat shmdt shmctl"
    ),
    "real-time signals": "rt_sigqueueinfo rt_tgsigqueueinfo",
    "timers other than alarm": (
        "setitimer getitimer timer_create timer_settime timer_gettime timer_getoverrun "
        "timer_delete timerfd_create timerfd_settime timerfd_gettime"
    ),
    "epoll": ("epoll_ctl epoll_wait epoll_pwait epoll_pwait2 epoll_wait_old epoll_ctl_old"),
    "files without a name": "memfd_create memfd_secret",
    "signalfd": "signalfd signalfd4",
    "eventfd": "eventfd eventfd2",
    "sockets": (
        "socketpair sendto recvfrom accept accept4 sendmsg recvmsg sendmmsg recvmmsg "
        "shutdown bind listen getsockname getpeername setsockopt getsockopt"
    ),
    "POSIX message queues": (
        "mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"
    ),
    "extended attributes of files": (
        "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"
    ),
    "pidfds": "pidfd_open pidfd_getfd",
    "other processes' memory": (
        "process_vm_readv process_vm_writev process_madvise process_mrelease get_robust_list kcmp"
    ),
    "other clocks": "times adjtimex clock_adjtime clock_getres",
    "the number of its processor": "getcpu sched_rr_get_interval",
    "what is cached in memory": "mincore cachestat",
    "the times of files": "utime utimes futimesat",
    "room for files": "fallocate",
    "rights": (
        "capget chown lchown fchown fchownat fchmodat2 "
        "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset "
        "personality modify_ldt "
        "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self "
        "lsm_get_self_attr lsm_set_self_attr lsm_list_modules"
    ),
    "another view of the files": (
        "chroot unshare setns pivot_root mount umount2 open_tree move_mount fsopen fsconfig "
        "fsmount fspick mount_setattr statmount listmount open_tree_attr"
    ),
    "calls that change the machine": (
        "sethostname setdomainname settimeofday clock_settime reboot swapon swapoff acct iopl "
        "ioperm init_module finit_module delete_module kexec_load kexec_file_load quotactl "
        "quotactl_fd vhangup syslog uselib bpf perf_event_open"
    ),
}
"""Calls at which a run ends, because no rule covers them, by what a program uses with them."""


PRIVATE_CALLS = frozenset(" ".join(PRIVATE.values()).split())
NAMED_CALLS = {call: words for words, calls in NAMED.items() for call in calls.split()}
"""The objects that each of these calls uses."""
TAKES = {
    **dict.fromkeys(
        (
            *("getpid", "getppid", "gettid", "fork", "vfork", "pause", "sched_yield", "setsid"),
            *("getuid", "geteuid", "getgid", "getegid", "getpgrp", "rt_sigreturn"),
        ),
        0,
    ),
    **dict.fromkeys(("exit", "getpgid", "getsid"), 1),
    **dict.fromkeys(("munmap", "prctl", "sigaltstack", "rt_sigsuspend"), 2),
    **dict.fromkeys(("rename", "mkdir", "chmod", "access"), 2),
    **dict.fromkeys(("brk", "close", "unlink", "exit", "exit_group", "chdir", "dup", "alarm"), 1),
    **dict.fromkeys(("time", "pipe", "umask", "set_tid_address", "fsync"), 1),
    **dict.fromkeys(("fstat", "stat", "lstat", "link", "kill", "dup2", "pipe2", "ftruncate"), 2),
    **dict.fromkeys(("nanosleep", "clock_gettime", "gettimeofday", "flock", "setpgid"), 2),
    **dict.fromkeys(("read", "write", "open", "lseek", "mprotect", "getrandom", "madvise"), 3),
    **dict.fromkeys(("poll", "ioctl", "fcntl", "tgkill", "dup3", "execve"), 3),
    **dict.fromkeys(("wait4", "openat", "newfstatat", "rt_sigaction", "rt_sigprocmask"), 4),
    **dict.fromkeys(("clock_nanosleep", "prlimit64", "pread64", "pwrite64"), 4),
}
"""The number of arguments of a call. The other argument registers have leftover values."""
