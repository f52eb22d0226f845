"""Every system call, and why it may or may not be left to a process: the allow-list.

Each call is of one class:

* *followed*: it stops for the explorer, which knows rules for it, or answers it the same in every
  run, or names what it cannot follow. It is registered with an operation, or with a function, in
  simpsh.explore.objects.
* *private*: no other process can notice it, and what it comes back with depends on its own process
  alone. These run at full speed. PRIVATE gives the reasons.
* *named*: its effect is not modelled. It speaks against COMPLETE.

All other calls, rare ones and new ones, are named, too. Nothing else
decides on what is harmless: that a program did nothing strange in some run is no reason.
"""

from __future__ import annotations

from simpsh.explore.flags import (
    CHANGES_RIGHTS,
    READS_CLOCK,
    SOCKETS,
    SYSTEM_V,
    WAITS_BY_EPOLL,
    Flag,
)

LEAVES_A_MARK = frozenset(
    (
        *("sigaltstack", "madvise", "mlock", "munlock", "mlockall", "munlockall"),
        *("mlock2", "arch_prctl", "modify_ldt", "set_thread_area", "pkey_mprotect", "pkey_alloc"),
        *("pkey_free", "map_shadow_stack", "mseal", "prctl", "personality", "setpriority"),
        *("prlimit64", "setrlimit", "sched_setaffinity", "sched_setparam", "sched_setscheduler"),
        *("sched_setattr", "setsid", "setpgid", "set_mempolicy"),
    )
)
"""Those after which the kernel keeps something for the process that neither its memory nor /proc
shows: two processes are in the same state only if they have made the same ones."""

PRIVATE = {
    "its own memory; what is shared is named when it is mapped": (
        "brk mprotect munmap mremap msync get_thread_area"
    ),
    "its own policy, by which it gets memory": "get_mempolicy",
    "its own number, the same for its whole life": "getpid gettid set_tid_address",
    "its own users and groups, which no other process can change": (
        "getuid geteuid getgid getegid getresuid getresgid"
    ),
    "its own limits, which only prlimit64 can change from outside": "getrlimit",
    "of its own threads; there are none, or they are named": ("set_robust_list restart_syscall"),
    "the machine's, the same for all processes and all runs": (
        "uname sched_get_priority_max sched_get_priority_min"
    ),
    "only lets other processes go first, which every order does anyway": "sched_yield",
    "writes to the disk what processes see without that": (
        "fsync fdatasync sync syncfs sync_file_range fadvise64 readahead"
    ),
}
"""Calls that no other process can notice, by the reason."""

WITHOUT_PLACES = frozenset(
    (
        *("brk", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid"),
        *("restart_syscall", "sched_yield", "fsync"),
        *("fdatasync", "sync", "syncfs", "sched_get_priority_max", "sched_get_priority_min"),
    )
)
"""Private calls that are given no place in memory to read or write."""

NAMED: dict[Flag, str] = {
    WAITS_BY_EPOLL: ("epoll_ctl epoll_wait epoll_pwait epoll_pwait2 epoll_wait_old epoll_ctl_old"),
    Flag("makes a file in memory, which explore does not follow ({})"): "memfd_create memfd_secret",
    Flag("sets a timer ({})"): (
        "timerfd_create getitimer timer_gettime timer_getoverrun timerfd_settime timerfd_gettime"
    ),
    SOCKETS: (
        "accept accept4 sendmsg recvmsg sendmmsg recvmmsg "
        "shutdown bind listen getsockname getpeername setsockopt getsockopt"
    ),
    SYSTEM_V: "mq_notify",
    Flag("changes extended attributes of files ({})", reaches=True): (
        "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"
    ),
    Flag("uses a pidfd ({})", reaches=True): "pidfd_open pidfd_getfd",
    Flag("uses another process's memory ({})", reaches=True): (
        "process_vm_readv process_vm_writev process_madvise process_mrelease"
    ),
    READS_CLOCK: "times adjtimex clock_adjtime",
    Flag("asks on which processor it is ({})"): "getcpu sched_rr_get_interval",
    Flag("asks what is cached in memory ({})"): "mincore cachestat",
    Flag("asks for the rights of a process ({})"): "capget",
    CHANGES_RIGHTS: (
        "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset "
        "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self "
        "lsm_get_self_attr lsm_set_self_attr lsm_list_modules"
    ),
    Flag("enters another view of the files or the machine ({})", reaches=True): (
        "chroot unshare setns pivot_root mount umount2 open_tree move_mount fsopen fsconfig "
        "fsmount fspick mount_setattr statmount listmount open_tree_attr"
    ),
    Flag("changes the machine ({})", reaches=True): (
        "sethostname setdomainname settimeofday clock_settime reboot swapon swapoff acct iopl "
        "ioperm init_module finit_module delete_module kexec_load kexec_file_load quotactl "
        "quotactl_fd vhangup syslog uselib bpf perf_event_open"
    ),
}
"""Calls that speak against COMPLETE, by the flag that they raise; others raise NOT_LISTED."""

PRIVATE_CALLS = frozenset(" ".join(PRIVATE.values()).split())
NAMED_CALLS = {call: flag for flag, calls in NAMED.items() for call in calls.split()}
"""The flag of each named call."""
TAKES = {
    **dict.fromkeys(
        ("getpid", "getppid", "fork", "vfork", "pause", "sched_yield", "rt_sigreturn"), 0
    ),
    **dict.fromkeys(("brk", "close", "unlink", "exit", "exit_group", "chdir", "dup", "alarm"), 1),
    **dict.fromkeys(("time", "pipe", "umask", "set_tid_address", "fsync"), 1),
    **dict.fromkeys(("fstat", "stat", "lstat", "link", "kill", "dup2", "pipe2", "ftruncate"), 2),
    **dict.fromkeys(
        ("nanosleep", "clock_gettime", "gettimeofday", "flock", "setpgid", "msgget"), 2
    ),
    **dict.fromkeys(("read", "write", "open", "lseek", "mprotect", "getrandom", "madvise"), 3),
    **dict.fromkeys(("poll", "ioctl", "fcntl", "tgkill", "dup3", "execve", "setitimer"), 3),
    **dict.fromkeys(("wait4", "openat", "newfstatat", "rt_sigaction", "rt_sigprocmask"), 4),
    **dict.fromkeys(("clock_nanosleep", "prlimit64", "pread64", "pwrite64"), 4),
    **dict.fromkeys(("semget", "semop", "msgctl", "shmget", "shmat", "shmctl"), 3),
    **dict.fromkeys(("semctl", "msgsnd"), 4),
    **dict.fromkeys(("msgrcv", "mq_timedsend", "mq_timedreceive"), 5),
    "mq_open": 4,
    "mq_unlink": 1,
    "mq_getsetattr": 3,
}
"""How many arguments a call takes. The registers of others hold what was left in them."""
