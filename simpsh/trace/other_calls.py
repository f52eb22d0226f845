"""Calls that `simpsh trace` passes over, told where they are asked for: open, flock and others.

A fork is told here only when it fails: its success is an event of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.events import Call, Open
from simpsh.trace.memory import string_at

if TYPE_CHECKING:
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

    Args = tuple[int, ...]

FORKS = ("fork", "vfork", "clone", "clone3")
OPENS = ("open", "openat", "creat")
_CLONE_VM = 0x100
# What each argument is: a path, a number, or nothing worth telling.
_SHAPES = {
    **dict.fromkeys(("chdir", "unlink", "rmdir", "mkdir", "truncate", "memfd_create"), "pn"),
    **dict.fromkeys(("rename", "link", "symlink"), "pp"),
    **dict.fromkeys(("unlinkat", "mkdirat"), "-p"),
    **dict.fromkeys(("renameat", "renameat2", "linkat"), "-p-p"),
    **dict.fromkeys(("umask", "rt_sigaction", "rt_sigprocmask", "alarm", "getpgid"), "n"),
    **dict.fromkeys(("pause", "getpid", "getppid", "fork", "setsid", "rt_sigsuspend"), ""),
    **dict.fromkeys(("poll", "select", "nanosleep", "clock_nanosleep", "rt_sigtimedwait"), ""),
}
_OF_PROGRAMS = (
    *(".so", "/lib/", "/usr/lib", "/etc/ld.so", "/usr/share/"),
    *("__pycache__", "/proc/filesystems", "locale.alias"),
)


class Other:
    """One further call, told when it comes back."""

    def __init__(self, name: str) -> None:
        self._name = name

    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        """Say nothing yet: what it comes back with is the event."""

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        """Tell what it came back with; of a fork only that it failed."""
        if self._name in OPENS:
            _opened(tracer, member, tid, self._name, args, result)
        elif self._name not in FORKS or result < 0:
            told = () if self._name in FORKS else _decoded(tid, self._name, args)
            name = _library_name(self._name, args)
            tracer.tell(member, Call(name, told, max(result, -1), max(0, -result)), tid)


def tell_failure(tracer: Tracer, member: Member, tid: int, name: str, result: int) -> None:
    """Tell that a call failed whose event can only tell of success."""
    if name in ("setsid", "pipe", "pipe2"):
        tracer.tell(member, Call(name, (), -1, -result), tid)


def _opened(tracer: Tracer, member: Member, tid: int, name: str, args: Args, result: int) -> None:
    at = 1 if name == "openat" else 0
    path = string_at(tid, args[at])
    # Every program opens a dozen files for itself before its own code begins.
    if not is_of_programs(path):
        flags = args[at + 1] if name != "creat" else os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        tracer.tell(member, Open(path, max(result, -1), flags, max(0, -result)), tid)


def is_of_programs(path: str) -> bool:
    """Tell whether a file is one that programs open for themselves: libraries, locales.

    >>> is_of_programs("/etc/ld.so.cache"), is_of_programs("/etc/passwd")
    (True, False)
    """
    return any(part in path for part in _OF_PROGRAMS)


def _decoded(tid: int, name: str, args: Args) -> tuple[object, ...]:
    found: list[object] = []
    for kind, value in zip(_SHAPES.get(name, "nnn"), args, strict=False):
        if kind == "p":
            found.append(string_at(tid, value))
        elif kind == "n":
            # As the C int that most arguments are.
            found.append((value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000)
    return tuple(found)


def _library_name(name: str, args: Args) -> str:
    """Return what programs call it: the C library makes fork of clone(2)."""
    if name == "clone":
        return "vfork" if args[0] & _CLONE_VM else "fork"
    return name
