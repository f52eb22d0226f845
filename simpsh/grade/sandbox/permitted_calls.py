"""The system calls that a submission may make, as a filter of seccomp(2).

The list contains the calls of useful programs: solutions in several languages, compilers, make,
gdb, valgrind, strace, node, java and shells. Any other call fails with ENOSYS, so that the C
library uses an older one: what the machine or a user has little of, such as inotify(7),
keyrings(7), asynchronous I/O and io_uring(7). A call that needs a privilege fails with EPERM, as
for every ordinary user.
"""

from __future__ import annotations

import errno
from functools import cache
from socket import AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP, IPPROTO_UDP

from simpsh.kernel import namespaces
from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.seccomp import Condition

_PERMITTED = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek sendfile splice tee
vmsplice copy_file_range readahead fadvise64 fallocate fsync fdatasync sync_file_range
ioctl fcntl flock dup dup2 dup3 pipe pipe2 close close_range
open openat openat2 creat stat fstat lstat newfstatat statx access faccessat faccessat2 truncate
ftruncate getdents getdents64 getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir link
linkat unlink unlinkat symlink symlinkat readlink readlinkat mknod mknodat chmod fchmod fchmodat
fchmodat2 chown fchown lchown fchownat umask utime utimes utimensat futimesat statfs fstatfs
setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
removexattr lremovexattr fremovexattr setxattrat getxattrat listxattrat removexattrat
poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime
memfd_create
mmap munmap mprotect mremap msync mincore madvise brk mlock mlock2 munlock mlockall munlockall
membarrier mseal pkey_alloc pkey_free pkey_mprotect map_shadow_stack
mbind get_mempolicy set_mempolicy
fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open
pidfd_send_signal pidfd_getfd ptrace process_vm_readv kcmp
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo
rt_tgsigqueueinfo rt_sigsuspend sigaltstack pause alarm setitimer getitimer restart_syscall
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times timer_create
timer_settime timer_gettime timer_getoverrun timer_delete
getpid getppid gettid getpgrp getpgid setpgid getsid setsid getuid geteuid getgid getegid getresuid
getresgid getgroups setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups
capget capset prctl arch_prctl set_thread_area get_thread_area set_tid_address set_robust_list
get_robust_list rseq personality seccomp landlock_create_ruleset landlock_add_rule
landlock_restrict_self getrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get
ioprio_set sched_yield sched_setaffinity sched_getaffinity sched_setparam sched_getparam
sched_setscheduler sched_getscheduler sched_setattr sched_getattr sched_get_priority_max
sched_get_priority_min sched_rr_get_interval getcpu uname sysinfo getrandom
futex futex_wait futex_wake futex_requeue futex_waitv
connect accept accept4 bind listen shutdown getsockname getpeername setsockopt getsockopt sendto
recvfrom sendmsg recvmsg sendmmsg recvmmsg
shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open
mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
"""
_PRIVILEGED = """
acct adjtimex bpf chroot clock_adjtime clock_settime delete_module fanotify_init finit_module
init_module ioperm iopl kexec_file_load kexec_load mount open_by_handle_at perf_event_open
pivot_root quotactl reboot setdomainname sethostname setns settimeofday swapoff swapon syslog
umount2 vhangup
"""
_NEW_NAMESPACES = (
    namespaces.CLONE_NEWNS | namespaces.CLONE_NEWUSER | namespaces.CLONE_NEWPID
    | namespaces.CLONE_NEWIPC | namespaces.CLONE_NEWNET | namespaces.CLONE_NEWUTS
    | namespaces.CLONE_NEWCGROUP
)  # fmt: skip
_MAP_HUGETLB, _MFD_HUGETLB, _SHM_HUGETLB = 0x40000, 4, 0o4000
_NO_NAMESPACES = Condition(0, errno.EPERM, without=_NEW_NAMESPACES)
_NOR_CLOCKS = Condition(0, errno.EPERM, without=_NEW_NAMESPACES | namespaces.CLONE_NEWTIME)


_DO_NOTHING = ("sync", "syncfs")
"""They would wait for the disks of the whole machine."""
_OF_A_CHECK = ("clone", "unshare", "mount", "mount_setattr", "umount2", "pivot_root")
"""What the check needs to make the sandbox of the program."""


@cache
def call_filter(*, may_nest: bool = False, may_clone3: bool = False) -> bytes:
    """Return the assembled filter; `may_nest` permits what a sandbox within needs.

    The flags of clone3(2) are in memory, where a filter does not see them. So set `may_clone3` only
    in a user namespace that does not permit another one.
    """
    usual_socket = (
        Condition(0, errno.EAFNOSUPPORT, (AF_UNIX, AF_INET, AF_INET6)),
        # Not UDP-Lite, SCTP, MPTCP, and others that come later. UNIX sockets may have 1.
        Condition(2, errno.EPROTONOSUPPORT, (0, 1, IPPROTO_TCP, IPPROTO_UDP)),
    )
    nesting = _OF_A_CHECK if may_nest else ()
    errors = dict.fromkeys(_PRIVILEGED.split(), errno.EPERM) | dict.fromkeys(_DO_NOTHING, 0)
    conditions = {
        "clone": [_NO_NAMESPACES],
        "unshare": [_NOR_CLOCKS],
        "socket": usual_socket,
        "socketpair": usual_socket,
        # Huge pages are few, and counted for the whole machine.
        "mmap": [Condition(3, errno.ENOMEM, without=_MAP_HUGETLB)],
        "memfd_create": [Condition(1, errno.EINVAL, without=_MFD_HUGETLB)],
        "shmget": [Condition(2, errno.ENOMEM, without=_SHM_HUGETLB)],
    }
    return seccomp.permitting(
        [*_PERMITTED.split(), *nesting, *(["clone3"] if may_clone3 else [])],
        {name: those for name, those in conditions.items() if name not in nesting},
        {name: error for name, error in errors.items() if name not in nesting},
    )
