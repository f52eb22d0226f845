"""What failed last, for `why`: noted where it failed, be it in a child.

A child that cannot execute its program ends, and a status of 126 or 127 is all that its parent is
told. Where a person may ask, the shell and its children share a page of memory: the child leaves
the call and its errno there. Where no person asks, nothing is noted.
"""

from __future__ import annotations

import os
import time

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

_SIZE = 4096
_MOST_BYTES = 1000
"""How much is noted of a name."""


BUILTIN, SYNTAX = "builtin", "syntax"
"""What failed where it was no system call: a builtin said so, or the line was not understood."""


class FailedCall(Record):
    """A system call that failed."""

    call: str
    """Its name: `execve`, `openat`, `dup2`, `fork`; or BUILTIN, or SYNTAX."""
    errno: int
    """0 where it was no system call."""
    name: str
    """What the user typed: the command, the file, the descriptor."""
    path: str = ""
    """The file that was tried last."""
    flags: int = 0
    """Of openat: O_WRONLY, O_CREAT …"""
    child: int = 0
    """The shell's child that failed, itself or in a child of its own; 0 for the shell."""


_page: mmap.mmap | None = None
_began = _before = 0
"""When the command that runs now began, and the one before it: nanoseconds of CLOCK_MONOTONIC."""
_child = 0
"""The shell's child that this process is, or comes from; 0 in the shell."""


def share() -> None:
    """Have failures noted from now on, in this process and in those that it forks."""
    global _page
    if _page is None:
        import mmap

        _page = mmap.mmap(-1, _SIZE)


def begin() -> None:
    """Take note that a command begins."""
    global _began, _before
    if _page is not None:
        _began, _before = time.monotonic_ns(), _began


def become_child() -> None:
    """Take note, in a forked process, that it is a child of the shell, or comes from one."""
    global _child
    if _page is not None:
        _child = _child or os.getpid()


def note(call: str, error: int, name: str, path: str = "", flags: int = 0) -> None:
    """Note a failure, if a person may ask for it; the last one counts."""
    note_again(FailedCall(call, error, name, path, flags, _child))


def note_again(failed: FailedCall) -> None:
    """Note a failure that a command has asked for: the next one may ask for it, too."""
    if _page is None:
        return
    import marshal

    names = [os.fsencode(text)[:_MOST_BYTES] for text in (failed.name, failed.path)]
    numbers = failed.flags, failed.child
    data = marshal.dumps((time.monotonic_ns(), failed.call, failed.errno, *names, *numbers))
    _page[: len(data)] = data


def noted(*, by_the_one_before: bool = False, by_child: int = 0) -> FailedCall | None:
    """Return what failed last since the last command began, or in this child; else None.

    A command that asks has begun itself: it means what failed by the one before.
    """
    if _page is None or _page[:1] == b"\0":
        return None
    import marshal

    when, call, error, name, path, flags, child = marshal.loads(_page[:])
    if when < (_before if by_the_one_before else _began) and child != (by_child or -1):
        return None
    return FailedCall(call, error, os.fsdecode(name), os.fsdecode(path), flags, child)
