"""A descriptor table as it would become: which numbers are taken, and where they point.

The kernel gives out the lowest free number, so that what `open` and `pipe2` will return can be
told beforehand.
"""

from __future__ import annotations

import os

from simpsh.kernel.descriptors import OWN_LOWEST, is_close_on_exec, is_open
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set

NAMES = {0: "standard input", 1: "standard output", 2: "standard error"}


class Entry(Record):
    """Where a descriptor points."""

    target: str
    """For people: `pipe A`, a path, `the terminal`."""
    is_own: bool = True
    """Whether execve closes it."""


class Table:
    """The descriptors of one process."""

    def __init__(self, entries: dict[int, Entry]) -> None:
        self.entries = entries

    def copy(self) -> Table:
        """Return the table that a forked child is born with."""
        return Table(dict(self.entries))

    def take(self, target: str, lowest: int = 0) -> int:
        """Open something, closed by execve, and return the lowest free number from `lowest`."""
        number = lowest
        while number in self.entries:
            number += 1
        self.entries[number] = Entry(target)
        return number

    def point(self, number: int, target: str) -> None:
        """Let a number point somewhere, kept by execve: dup2."""
        self.entries[number] = Entry(target, is_own=False)

    def close(self, number: int) -> None:
        """Give a number up."""
        self.entries.pop(number, None)

    def target(self, number: int) -> str:
        """Say where a number points."""
        entry = self.entries.get(number)
        return f"where {number} points" if entry is None else entry.target

    def own(self, kept: Set[int] = frozenset()) -> list[int]:
        """Return the numbers beyond the standard ones that execve closes, but those kept."""
        return [
            number
            for number, entry in sorted(self.entries.items())
            if number > 2 and entry.is_own and number not in kept
        ]


def present_table() -> Table:
    """Return this process's own table, as it is now. See proc(5), /proc/pid/fd."""
    entries = {}
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        number = int(name)
        # The list has the descriptor, too, by which it was read: that one is closed by now.
        if is_open(number):
            entries[number] = Entry(_target(number), is_close_on_exec(number))
    return Table(entries)


def _target(number: int) -> str:
    if number < OWN_LOWEST and os.isatty(number):
        return "the terminal"
    try:
        path = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return f"where {number} points"
    # pipe:[4711] says nothing that could be used here.
    return path if path.startswith("/") else f"a {path.partition(':')[0]}"


def named(number: int) -> str:
    """Say which descriptor this is.

    >>> named(2), named(7)
    ('standard error', 'descriptor 7')
    """
    return NAMES.get(number, f"descriptor {number}")
