"""Which system calls stop for the cage; all others touch nobody but their caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.kernel import seccomp

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALWAYS = (
    *("exit_group", "wait4", "waitid", "execve", "execveat", "getppid", "pause", "rt_sigsuspend"),
    *("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"),
    *("read", "write", "pread64", "pwrite64", "readv", "writev", "preadv", "pwritev"),
    *("close", "close_range", "dup", "dup2", "dup3", "pipe", "pipe2"),
    *("open", "openat", "openat2", "creat", "unlink", "unlinkat", "rename", "renameat"),
    *("renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir"),
    *("mknod", "mknodat", "truncate", "ftruncate", "fallocate", "flock", "chmod", "fchmod"),
    *("nanosleep", "clock_nanosleep", "clock_gettime", "gettimeofday", "time", "times"),
    *("getrandom", "alarm", "setitimer", "timer_create", "timerfd_create", "pidfd_open"),
    *("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"),
    *("eventfd", "eventfd2", "signalfd", "signalfd4", "inotify_init1", "rt_sigtimedwait"),
    *("socket", "socketpair", "shmget", "msgget", "semget", "mq_open", "io_uring_setup"),
    *("rt_sigpending", "getrusage", "memfd_create", "process_vm_readv", "process_vm_writev"),
    *("sendfile", "splice", "tee", "vmsplice", "copy_file_range", "ptrace", "prctl"),
)
_OF_SIGNALS = ("rt_sigprocmask", "fork", "vfork", "clone", "clone3")
_OF_FILES = (
    *("stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2"),
    *("readlink", "readlinkat", "getdents", "getdents64", "lseek"),
)
# Requests of ioctl: TCSETS TCSETSW TCSETSF, TIOCSCTTY, TIOCSPGRP, TIOCSTI, FIONREAD, FIONBIO.
_REQUESTS = (0x5402, 0x5403, 0x5404, 0x540E, 0x5410, 0x5412, 0x541B, 0x5421)
# Commands of fcntl: F_DUPFD, F_SETFL, F_GETLK to F_SETLKW, F_OFD_GETLK to F_OFD_SETLKW,
# F_DUPFD_CLOEXEC.
_COMMANDS = (0, 4, 5, 6, 7, 36, 37, 38, 1030)
_LOW_WORD = 0xFFFFFFFF
_MAP_SHARED = 1


def assembled_filter(*, signals_matter: bool, files_matter: bool) -> bytes:
    """Return the seccomp filter for a run.

    Args:
        signals_matter: stop before exits and forks, too: a signal may arrive there.
        files_matter: stop at calls that look at files, too.
    """
    calls: Sequence[str] = _ALWAYS
    if signals_matter:
        calls = (*calls, *_OF_SIGNALS)
    if files_matter:
        calls = (*calls, *_OF_FILES)
    masked = {
        # A start of the C library maps a dozen times, and Python asks for every disposition.
        "mmap": ((3, _MAP_SHARED),),
        "rt_sigaction": ((1, _LOW_WORD),),
    }
    return seccomp.program(calls, {"ioctl": _REQUESTS, "fcntl": _COMMANDS}, masked)
