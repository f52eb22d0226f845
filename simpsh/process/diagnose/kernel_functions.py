"""The kernel's function that a process sleeps in (wchan) must fit its call, or the call is held.

A supervisor may hold a call before it has begun (seccomp), or a page of memory may be missing in
the middle of it. Then the call's name says nothing about the wait. See proc_pid_wchan(5).
"""

from __future__ import annotations

# Where the call was restarted after a signal, or cannot be seen, the kernel function tells.
_CALLS = {
    "hrtimer_nanosleep": "clock_nanosleep",
    "hrtimer_nanosleep_restart": "clock_nanosleep",
    "do_nanosleep": "clock_nanosleep",
    "futex_wait_queue": "futex",
    "futex_wait_queue_me": "futex",
    "futex_do_wait": "futex",
    "do_wait": "wait4",
    "kernel_clone": "vfork",  # no other waits there
    "_do_fork": "vfork",
    "poll_schedule_timeout": "poll",
    "do_sys_poll": "poll",
    "do_select": "select",
    "ep_poll": "epoll_wait",
    "do_epoll_wait": "epoll_wait",
    "__do_sys_pause": "pause",
    "sigsuspend": "rt_sigsuspend",
    "do_sigtimedwait": "rt_sigtimedwait",
}

# The way into any call: the function that sleeps was not found behind it.
_ENTRIES = (
    *("do_syscall", "entry_", "invoke_syscall", "el0", "do_el0", "syscall_", "do_trap_"),
    *("do_int80", "__do_int80", "do_fast_syscall", "__do_fast_syscall", "x64_sys_", "ia32_sys_"),
    *("__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__riscv_sys_", "__se_sys_", "__do_sys_"),
)

PIPES = ("pipe", "splice", "partner", "wait_for_space")
_LOCKS = ("lock", "setlk")
_WAITS = ("do_wait", "wait4", "waitid")
_BIRTHS = ("clone", "fork")
_POLLS = ("poll", "select")
_FITTING = {
    "flock": _LOCKS,
    "fcntl": _LOCKS,
    "wait4": _WAITS,
    "waitid": _WAITS,
    "vfork": (*_BIRTHS, "poll"),  # aarch64 has only clone
    "clone": _BIRTHS,
    "clone3": _BIRTHS,
    "fork": _BIRTHS,
    "nanosleep": ("nanosleep",),
    "clock_nanosleep": ("nanosleep",),
    "pause": ("pause", "poll"),  # aarch64 has only ppoll
    "rt_sigsuspend": ("sigsuspend",),
    "rt_sigtimedwait": ("sigtimedwait",),
    **dict.fromkeys(("futex", "futex_wait", "futex_waitv"), ("futex", "rt_mutex")),
    **dict.fromkeys(("poll", "ppoll", "select", "pselect6"), _POLLS),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), ("poll",)),
}

# Functions in which any call may be held, and what has to happen then.
_HOLDS = {
    "seccomp": "a supervisor has to answer the call (seccomp(2), SECCOMP_RET_USER_NOTIF)",
    "userfault": "a page of its memory has to be filled by whoever watches it (userfaultfd(2))",
    "break_lease": "whoever has a lease on the file must give it up (F_SETLEASE in fcntl(2))",
    "fanotify": "a listener has to permit the access (fanotify(7))",
    "fuse": "the process that serves the file system has to answer (fuse(4))",
    "request_wait_answer": "the process that serves the file system has to answer (fuse(4))",
    "autofs": "the automounter has to mount the directory",
    "percpu": "a lock of the kernel is held; a frozen file system (fsfreeze(8)) does that, too",
    "coredump": "its core dump has to be written (core(5))",
}


def call_in(wchan: str) -> str:
    """Return the name of the call that a function of the kernel belongs to; empty if unknown."""
    return _CALLS.get(wchan.partition(".")[0], "")


def tells_nothing(wchan: str) -> bool:
    """Return whether the function is not known, or is only the way into every call."""
    return not wchan or wchan.startswith(_ENTRIES)


def fits(call: str, wchan: str) -> bool:
    """Return whether a process that sleeps in this function waits for what its call waits for."""
    if tells_nothing(wchan):
        # The entry may have the call's own name: then it is no other's.
        return True
    parts = _FITTING.get(call)
    if parts is not None:
        return fits_one(parts, wchan)
    return not hold_words(wchan)


def fits_one(parts: tuple[str, ...], wchan: str) -> bool:
    """Return whether the function is not known, or has one of these parts in its name."""
    return tells_nothing(wchan) or any(part in wchan for part in parts)


def hold_words(wchan: str) -> str:
    """Return what has to happen before the function returns; empty where that is not known."""
    return next((words for part, words in _HOLDS.items() if part in wchan), "")
