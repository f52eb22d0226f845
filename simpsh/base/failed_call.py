"""The last failed call, for the builtin `why`; also if it failed in a child.

A child that cannot execute its program exits with status 126 or 127, and its parent learns no more.
So an interactive shell shares a page of memory with its children, where they store the failed call
and its errno. Other shells store only the last wait.
"""

from __future__ import annotations

import os
import time

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

    from simpsh.base.wait_status import WaitStatus

    Knowledge = tuple[int, int, WaitStatus | None, WaitStatus | None, bytes]

_SIZE = 4096
_MOST_BYTES = 1000
"""How much of a name is stored."""


BUILTIN, SYNTAX = "builtin", "syntax"
"""The kind of a failure without a system call: a builtin failed, or a syntax error."""
CANCELLED, INTERRUPTED = "cancelled", "interrupted"
"""^C was typed at the prompt; SIGINT came to the shell itself. No system call failed."""


class FailedCall(Record):
    """A system call that failed."""

    call: str
    """Its name: `execve`, `openat`, `dup2`, `fork`; or BUILTIN, or SYNTAX."""
    errno: int
    """0 if the failure was not in a system call."""
    name: str
    """The command, file or descriptor, as the user typed it."""
    path: str = ""
    """The last file that was tried."""
    flags: int = 0
    """The flags of openat: O_WRONLY, O_CREAT …"""
    is_beyond_limit: bool = False
    """Whether the new descriptor of dup2 is not below the limit, ulimit -n."""
    child: int = 0
    """The shell's child in which it failed, directly or in a descendant; 0 for the shell."""


_page: mmap.mmap | None = None
_began = _before = 0
"""When the current and the previous command began: nanoseconds of CLOCK_MONOTONIC."""
_wait: WaitStatus | None = None
_wait_before: WaitStatus | None = None
"""The last wait status when the current and the previous command began."""
_child = 0
"""The shell's child that this process is or descends from; 0 in the shell."""


def share() -> None:
    """Store failures from now on, in this process and its future children."""
    global _page
    if _page is None:
        import mmap

        _page = mmap.mmap(-1, _SIZE)


def begin(last_wait: WaitStatus | None) -> None:
    """Note that a command begins, and the last wait status before it."""
    global _began, _before, _wait, _wait_before
    _wait, _wait_before = last_wait, _wait
    if _page is not None:
        _began, _before = time.monotonic_ns(), _began


def pass_over() -> None:
    """Forget the beginning of the current command, so that the next `why` explains the same."""
    global _began, _wait
    _began, _wait = _before, _wait_before


def evidence_so_far() -> Knowledge:
    """Return what is known of the current command, for return_to()."""
    page = b"" if _page is None else _page[:]
    return _began, _before, _wait, _wait_before, page


def return_to(evidence: Knowledge) -> None:
    """Forget what has happened since: another command gave `$?`, as the body of a loop does."""
    global _began, _before, _wait, _wait_before
    _began, _before, _wait, _wait_before, page = evidence
    if _page is not None and page:
        _page[:] = page


def has_changed(last_wait: WaitStatus | None, *, by_the_one_before: bool = False) -> bool:
    """Return whether the last command has waited."""
    # Each wait makes another object, even if the status is the same.
    return last_wait is not (_wait_before if by_the_one_before else _wait)


def become_child() -> None:
    """Note, in a forked process, that it is a child of the shell or descends from one."""
    global _child
    if _page is not None:
        _child = _child or os.getpid()


def note(
    call: str,
    error: int = 0,
    name: str = "",
    path: str = "",
    flags: int = 0,
    *,
    is_beyond_limit: bool = False,
) -> None:
    """Store a failure, replacing the last one."""
    if _page is None:
        return
    import marshal

    names = [os.fsencode(text)[:_MOST_BYTES] for text in (name, path)]
    numbers = flags, is_beyond_limit, _child
    data = marshal.dumps((time.monotonic_ns(), call, error, *names, *numbers))
    _page[: len(data)] = data


def noted(*, by_the_one_before: bool = False, by_child: int = 0) -> FailedCall | None:
    """Return the last failure since the last command began, or of this child; else None.

    A command that shows failures sets `by_the_one_before`, because begin() was called for it, too.
    """
    if _page is None or _page[:1] == b"\0":
        return None
    import marshal

    when, call, error, name, path, flags, is_beyond_limit, child = marshal.loads(_page[:])
    if when < (_before if by_the_one_before else _began) and child != (by_child or -1):
        return None
    names = os.fsdecode(name), os.fsdecode(path)
    return FailedCall(call, error, *names, flags, is_beyond_limit, child)
