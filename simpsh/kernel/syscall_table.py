"""A system call has a number, and each architecture numbers them its own way.

See syscalls(2); the numbers are those of the kernel's <asm/unistd.h>. Names that an architecture
does not have are left out: aarch64 has clone for fork, pipe2 for pipe, dup3 for dup2.
"""

from __future__ import annotations

import os

_X86_64: dict[str, int] = {
    "read": 0,
    "write": 1,
    "open": 2,
    "close": 3,
    "poll": 7,
    "ioctl": 16,
    "readv": 19,
    "writev": 20,
    "pipe": 22,
    "select": 23,
    "dup": 32,
    "dup2": 33,
    "pause": 34,
    "nanosleep": 35,
    "alarm": 37,
    "setitimer": 38,
    "clone": 56,
    "fork": 57,
    "vfork": 58,
    "execve": 59,
    "exit": 60,
    "wait4": 61,
    "kill": 62,
    "fcntl": 72,
    "creat": 85,
    "setpgid": 109,
    "setsid": 112,
    "rt_sigtimedwait": 128,
    "rt_sigqueueinfo": 129,
    "rt_sigsuspend": 130,
    "tkill": 200,
    "futex": 202,
    "timer_create": 222,
    "clock_nanosleep": 230,
    "exit_group": 231,
    "tgkill": 234,
    "waitid": 247,
    "openat": 257,
    "pselect6": 270,
    "ppoll": 271,
    "timerfd_create": 283,
    "dup3": 292,
    "pipe2": 293,
    "execveat": 322,
    "pidfd_send_signal": 424,
    "clone3": 435,
    "close_range": 436,
}
_AARCH64: dict[str, int] = {
    "dup": 23,
    "dup3": 24,
    "fcntl": 25,
    "ioctl": 29,
    "openat": 56,
    "close": 57,
    "pipe2": 59,
    "read": 63,
    "write": 64,
    "readv": 65,
    "writev": 66,
    "pselect6": 72,
    "ppoll": 73,
    "timerfd_create": 85,
    "exit": 93,
    "exit_group": 94,
    "waitid": 95,
    "futex": 98,
    "nanosleep": 101,
    "setitimer": 103,
    "timer_create": 107,
    "clock_nanosleep": 115,
    "kill": 129,
    "tkill": 130,
    "tgkill": 131,
    "rt_sigsuspend": 133,
    "rt_sigtimedwait": 137,
    "rt_sigqueueinfo": 138,
    "setpgid": 154,
    "setsid": 157,
    "clone": 220,
    "execve": 221,
    "wait4": 260,
    "execveat": 281,
    "pidfd_send_signal": 424,
    "clone3": 435,
    "close_range": 436,
}
# The second is AUDIT_ARCH_X86_64 or AUDIT_ARCH_AARCH64 of <linux/audit.h>. aarch64 is untested.
_KNOWN = {"x86_64": (_X86_64, 0xC000003E), "aarch64": (_AARCH64, 0xC00000B7)}

ARCHITECTURE = os.uname().machine
NUMBERS, AUDIT_ARCHITECTURE = _KNOWN.get(ARCHITECTURE, ({}, 0))
"""The calls of this machine by name, and how seccomp calls the machine; empty if not known."""
NAMES = {number: name for name, number in NUMBERS.items()}
"""The calls of this machine by number."""
