"""System calls by the names that students know, and which events tell of them."""

from __future__ import annotations

import errno as errnos

from simpsh.events import (
    Call,
    Close,
    Dup,
    Exec,
    ExecError,
    Fork,
    Open,
    Pipe,
    Read,
    SetPgid,
    SetSid,
    SignalSend,
    TcSetPgrp,
    Wait,
    WaitReturn,
    Write,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.events import What

_KERNEL_NAMES = {
    "fork": ("fork", "vfork", "clone", "clone3"),
    "wait": ("wait4",),
    "wait3": ("wait4",),
    "waitpid": ("wait4",),
    "open": ("open", "openat"),
    "pipe": ("pipe", "pipe2"),
    "dup2": ("dup2", "dup3"),
    "exec": ("execve", "execveat"),
    "execv": ("execve",),
    "execvp": ("execve",),
    "sigaction": ("rt_sigaction",),
    "signal": ("rt_sigaction",),
    "sigprocmask": ("rt_sigprocmask",),
    "sigsuspend": ("rt_sigsuspend",),
    "sigwaitinfo": ("rt_sigtimedwait",),
    "lockf": ("fcntl",),
    "tcsetpgrp": ("ioctl",),
    "sleep": ("clock_nanosleep", "nanosleep"),
    "poll": ("poll", "ppoll"),
    "select": ("select", "pselect6"),
    "unlink": ("unlink", "unlinkat"),
    "killpg": ("kill",),
}


def kernel_names(call: str) -> frozenset[str]:
    """Return the system calls behind a name of the C library.

    >>> sorted(kernel_names("waitpid")), sorted(kernel_names("lseek"))
    (['wait4'], ['lseek'])
    """
    return frozenset(_KERNEL_NAMES.get(call, (call,)))


def names_of_event(what: What) -> frozenset[str]:
    """Return the system calls that an event, when it tells of a call's end, can be of."""
    if isinstance(what, Call):
        return frozenset() if what.begins else frozenset((what.name,))
    if isinstance(what, Fork | SignalSend):
        return frozenset((what.syscall,))
    for kind, names in _OF_KIND:
        if isinstance(what, kind):
            return names
    return frozenset()


_OF_KIND: tuple[tuple[type[What], frozenset[str]], ...] = (
    (WaitReturn, frozenset(("wait4", "waitid"))),
    (Exec, frozenset(("execve", "execveat"))),
    (ExecError, frozenset(("execve", "execveat"))),
    (Open, frozenset(("open", "openat", "creat"))),
    (Dup, frozenset(("dup", "dup2", "dup3", "fcntl"))),
    (Close, frozenset(("close",))),
    (Pipe, frozenset(("pipe", "pipe2"))),
    (SetPgid, frozenset(("setpgid",))),
    (SetSid, frozenset(("setsid",))),
    (TcSetPgrp, frozenset(("ioctl",))),
    (Read, frozenset(("read",))),
    (Write, frozenset(("write",))),
)


def begins(what: What) -> frozenset[str]:
    """Return the system call that an event tells the beginning of, if it does."""
    if isinstance(what, Wait):
        return frozenset((what.syscall,))
    return frozenset((what.name,)) if isinstance(what, Call) and what.begins else frozenset()


def errno_of(what: What) -> int:
    """Return the error number that an event came back with; 0 if it succeeded."""
    found: object = getattr(what, "errno", 0)
    return found if isinstance(found, int) else 0


def errno_number(name: str) -> int:
    """Return the number of an error such as `EAGAIN`; raises ValueError for an unknown name."""
    number: object = getattr(errnos, name, None)
    if not isinstance(number, int):
        raise ValueError(f"there is no error called {name}")  # noqa: TRY004 - its value is wrong
    return number


def errno_name(number: int) -> str:
    """Return the name of an error number."""
    return errnos.errorcode.get(number, str(number))
