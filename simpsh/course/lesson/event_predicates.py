"""What is asked of an event: which system call it tells of, its error, its status word.

System calls have the names that students know, those of the C library; status words are asked by
kind, as wait(2) has them: exited, killed, stopped, continued.
"""

from __future__ import annotations

import errno as errnos
from collections.abc import Callable
from typing import TypeVar

from simpsh.base import events
from simpsh.base.signal_names import NAMES
from simpsh.base.wait_status import Continued, Exited, Killed, decode
from simpsh.course.lesson.expectation import Happening, Scene

T = TypeVar("T")


def happening(
    text: str,
    kind: type[T],
    test: Callable[[T, Scene, int], bool],
    calls: frozenset[str] = frozenset(),
    topic: str = "events",
) -> Happening:
    """Return the kind of event that a test finds in a run.

    Args:
        text: what happens, such as `the child ends`.
        kind: the class of the events.
        test: is given what happened, the scene, and the event's index.
        calls: the system calls that have to be watched to see it.
        topic: what of a run must have been seen to know that it did not happen.
    """

    def all_in(scene: Scene) -> list[int]:
        return [
            index
            for index, event in enumerate(scene.events)
            if isinstance(event.what, kind) and test(event.what, scene, index)
        ]

    return Happening(text, all_in, calls, topic)


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


def names_of_end(what: object) -> frozenset[str]:
    """Return the system calls whose end an event can be; none if it tells of no end."""
    if isinstance(what, events.Call):
        return frozenset() if what.begins else frozenset((what.name,))
    if isinstance(what, events.Fork | events.SignalSend):
        return frozenset((what.syscall,))
    return _OF_KIND.get(type(what), frozenset())


_OF_KIND: dict[type[object], frozenset[str]] = {
    events.WaitReturn: frozenset(("wait4", "waitid")),
    events.Exec: frozenset(("execve", "execveat")),
    events.ExecError: frozenset(("execve", "execveat")),
    events.Open: frozenset(("open", "openat", "creat")),
    events.Dup: frozenset(("dup", "dup2", "dup3", "fcntl")),
    events.Close: frozenset(("close",)),
    events.Pipe: frozenset(("pipe", "pipe2")),
    events.SetPgid: frozenset(("setpgid",)),
    events.SetSid: frozenset(("setsid",)),
    events.TcSetPgrp: frozenset(("ioctl",)),
    events.Read: frozenset(("read",)),
    events.Write: frozenset(("write",)),
}


def names_of_begin(what: object) -> frozenset[str]:
    """Return the system call whose beginning an event tells; none if it tells of no beginning."""
    if isinstance(what, events.Wait):
        return frozenset((what.syscall,))
    return frozenset((what.name,)) if isinstance(what, events.Call) and what.begins else frozenset()


def errno_of(what: object) -> int:
    """Return the error number that an event came back with; 0 if it succeeded."""
    found: object = getattr(what, "errno", 0)
    return found if isinstance(found, int) else 0


def errno_number(name: str) -> int:
    """Return the number of an error such as `EAGAIN`; raises ValueError for an unknown name."""
    number: object = getattr(errnos, name, None)
    if not isinstance(number, int):
        raise ValueError(f"there is no error called {name}")  # noqa: TRY004 - its value is wrong
    return number


StatusTest = Callable[[int], bool]
_KINDS = ("exited", "killed", "stopped", "continued")


def status_test(kind: str, value: int | str | None = None) -> StatusTest:
    """Return a test of status words: of this kind, with this exit code or signal.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in _KINDS:
        raise ValueError(f"a child is {', '.join(_KINDS)}; it is never {kind}")

    def test(word: int) -> bool:
        status = decode(word)
        if type(status).__name__.lower() != kind:
            return False
        if value is None or isinstance(status, Continued):
            return True
        return (status.code if isinstance(status, Exited) else status.signal.name) == value

    return test


def return_code(word: int) -> int:
    """Return what os.waitstatus_to_exitcode(3) does: the exit code, or minus the signal.

    >>> return_code(0x0300), return_code(9)
    (3, -9)
    """
    status = decode(word)
    if isinstance(status, Exited):
        return status.code
    return -int(status.signal) if isinstance(status, Killed) else 0


_SIGNAL_NUMBERS = {name: number for number, name in NAMES.items()}


def signal_number(name: str) -> int:
    """Return the number of a signal such as `SIGTERM`; 0 for the empty name.

    Raises:
        ValueError: there is none of that name.
    """
    if name and name not in _SIGNAL_NUMBERS:
        raise ValueError(f"there is no signal called {name}")
    return _SIGNAL_NUMBERS.get(name, 0)
