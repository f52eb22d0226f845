"""What `-v` says, in the words of the textbook's shell: a line is pieces of text with their tones.

A process is given as Narrator.called() writes it: `(1234)`, or `ls (P1)` with names. A line that is
prepared before its process is born has UNBORN in place of the pid.
"""

from __future__ import annotations

import os

from simpsh.base.own_program import as_typed
from simpsh.base.phrases import STATE_WORDS, errno_name, escaped
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, fields, sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.base.events import Snapshot
    from simpsh.base.wait_status import WaitStatus

    Told = tuple[tuple[str, str], ...]
    """Pieces, each with its tone; the lines that follow a long first one stand below the second."""

UNBORN = "\ufdd0" * len(str(os.getpid()))
"""Stands for a pid that is not known yet: as wide as ours, and no characters of any text."""
PARENT, CHILD = "lane0", "lane1"
"""The tones of who narrates and of whom it makes."""
MARK = "[v]: "
"""What each line begins with that is not about one call."""
GOOD, BAD, HELD = "good", "bad", "held"
"""The tones of statuses: success, failure or death, stopped and resumed."""


def _line(text: str, tone: str, *more: tuple[str, str]) -> Told:
    return ((MARK, tone), (text, tone), *more)


def forked(parent: str, child: str) -> Told:
    """Return that fork made a process."""
    return _line(f"Parent process {parent} forked: child process {child}", PARENT)


def waiting(parent: str) -> Told:
    """Return that a process waits for its children."""
    return _line(f"Parent process {parent} issuing the waitpid...", PARENT)


def wait_failed(number: int) -> Told:
    """Return with which errno a wait failed."""
    words = f"waitpid failed: {os.strerror(number).lower()} ({errno_name(number)})"
    return _line(words, PARENT)


def changed(child: str, status: WaitStatus) -> Told:
    """Return what has happened to a child, by its wait status."""
    match status:
        case Exited(0):
            tone = GOOD
        case Exited() | Killed():
            tone = BAD
        case Stopped() | Continued():
            tone = HELD
    return _line(f"Child process {child} status changed: ", CHILD, (sentence(status), tone))


def executing(child: str, argv: Sequence[object]) -> Told:
    """Return that a child calls execve; a simpsh is called so, whatever starts it."""
    words = as_typed([str(word) for word in argv[:5]])
    name = escaped(words[0]) if words else ""
    return _line(f'Child process {child} exec-ing cmd "{name}" now...', CHILD)


def copied(child: str, what: str = "") -> Told:
    """Return that a child runs on as a copy of the shell, and which command needs that."""
    named = f", for {what}" if what else ""
    words = f"Child process {child} continues as a copy of the shell{named}: fork, no exec"
    return _line(words, CHILD)


def stands_in(process: str, name: str, why: str) -> Told:
    """Return that a process runs the shell's own builtin in place of the program of this name."""
    words = f'Process {process} runs the builtin "{name}" of the shell: {escaped(why)}'
    return _line(words, PARENT)


def leads(child: str) -> Told:
    """Return that a child is the first one of its process group."""
    return _line(f"Child process {child} leads a process group of its own", CHILD)


def joins(child: str, group: int | str) -> Told:
    """Return which process group a child joins."""
    return _line(f"Child process {child} joins process group {group}", CHILD)


def connected(child: str, descriptor: int, target: str) -> Told:
    """Return where a child's descriptor goes."""
    words = f"Child process {child}: descriptor {descriptor} goes to {escaped(target)}"
    return _line(words, CHILD)


def disconnected(child: str, descriptor: int) -> Told:
    """Return that a child closes a descriptor for good."""
    return _line(f"Child process {child}: descriptor {descriptor} is closed", CHILD)


def folded(job: str, count: int) -> Told:
    """Return how many jobs began and ended as the last one that was told."""
    return _line(f"{count} more like this: {escaped(job)}", PARENT)


# ------------------------------------------------------------------------------------ -vvv


def word_lines(word: int) -> Iterator[Told]:
    """Return a status word's bits and fields, a line each."""
    yield _detail(2, f"status word {word:#06x} = {word >> 8:08b} {word & 0xFF:08b}")
    for field in fields(word):
        yield _detail(4, f"{field.name}: {field.value} ({field.meaning})")


def snapshot_lines(process: str, snapshot: Snapshot) -> Iterator[Told]:
    """Return what /proc says of a process, a line each."""
    yield _line(
        f"Process {process}: state {snapshot.state} ({STATE_WORDS[snapshot.state]}), "
        f"parent {snapshot.ppid}, group {snapshot.pgid}, session {snapshot.sid}",
        CHILD,
    )
    for number, target, is_closed in snapshot.descriptors:
        flag = "  (closed by exec)" if is_closed else ""
        yield _detail(2, f"descriptor {number} -> {escaped(target)}{flag}")


def _detail(indent: int, text: str) -> Told:
    return (MARK + " " * indent, CHILD), (text, "dim")
