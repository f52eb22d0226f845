"""Reasons against COMPLETE: actions of a program that no rule of the model covers.

A kind has one sentence and one advice; a detail says what it is about. Most are NOT_EXAMINED: the
table in objects.call_classes, and rows that depend on the arguments of a call.
"""

from __future__ import annotations

import os

from simpsh.base.patience import patience
from simpsh.base.record import Record, changed


class Flag(Record):
    """One reason against COMPLETE. Flags that differ only in the detail are of one kind."""

    text: str
    """A clause that follows `it`, such as `depends on pids`; `{}` stands for the detail."""
    advice: str
    """How to change the program."""
    confines: bool = False
    """Whether the flag rules out free runs of the program."""
    reaches: bool = False
    """Whether the call could change something outside, unless there is a private world."""
    subject: str = "it "
    detail: str = ""

    def of(self, detail: str) -> Flag:
        """Return the same flag with a detail."""
        return changed(self, detail=detail)

    def is_a(self, kind: Flag) -> bool:
        """Return whether two flags differ at most in their details."""
        return self.of(kind.detail) == kind

    @property
    def words(self) -> str:
        """The clause without its subject: `depends on pids`."""
        return self.text.format(self.detail)

    @property
    def clause(self) -> str:
        """The clause with its subject: `it depends on pids`."""
        return self.subject + self.words

    def __str__(self) -> str:
        return self.words

    def __lt__(self, other: Flag) -> bool:
        return self.words < other.words


NOT_EXAMINED = Flag(
    "uses {}",
    "use pipes, files, wait and plain signals instead",
    reaches=True,
    subject="not examined: ",
)
LOOKS_AT_PROCESSES = NOT_EXAMINED.of("what /proc or /sys shows about processes and the machine")
USES_TERMINAL = NOT_EXAMINED.of("the terminal")
LACKS_RIGHT = NOT_EXAMINED.of("a right that it may have outside only")
OTHER_WORLD = Flag(
    "uses what its private world or copy does not show as outside: {}", "use files of its directory"
)
REFUSED = Flag(
    "changes or signals something outside, which was refused: {}",
    "use files of its directory, and signal only its own processes",
    confines=True,
)
HANGS_ON = Flag(
    "depends on {}, which should not matter", "print nothing of it, and decide nothing by it"
)
READS_CLOCK = Flag("measures time by the clock", "print no times, and decide nothing by them")
READS_RANDOM = Flag("reads random numbers", "give the program its numbers in a file")
MAY_FILL = Flag("may fill a pipe, or write more at once than a pipe takes whole", "write less")
SIGNAL_INSIDE = Flag("may get a signal inside {}", "block the signal during that call")
EITHER_SIGNAL = Flag(
    "is ended or stopped by one of two signals, and timing decides by which",
    "send one signal only, and wait for the end",
)
CLOSES_SEVERAL = Flag(
    "gives up several pipes or locks by one call", "close each one by a close of its own"
)
ODD_MEMORY = Flag(
    "uses shared memory in a way that is not followed: {}",
    "use it in words of at most 8 bytes, between processes made by fork",
)
CHANGES_MEANWHILE = Flag(
    "executes a file that is changed meanwhile", "write the file before, and explore it again"
)
BLOCKS = Flag("blocks in a call that is not followed: {}", "wait for a pipe or a child instead")
COMPUTING_SECONDS = 1.0
COMPUTES = Flag(
    f"computes for more than {COMPUTING_SECONDS * patience():g} s between two operations",
    "explore it with smaller data",
    confines=True,
)
TOO_LARGE = Flag("is too large for a run: it {}", "explore it with smaller data", confines=True)
FOLLOWS_CLOCK = TOO_LARGE.of("sleeps and reads the clock again and again")
MOST_PROCESSES = 100
"""The most processes alive at once. A fork bomb doubles faster than anything can count."""
TOO_MANY_PROCESSES = TOO_LARGE.of(f"makes more than {MOST_PROCESSES} processes at once")
TOO_MUCH_OUTPUT = TOO_LARGE.of("prints more than 1 MB")
TOO_MUCH_MEMORY = TOO_LARGE.of("takes more than 500 MB of memory")
TOO_MUCH_WRITTEN = TOO_LARGE.of("makes files of more than 20 MB")
OUT_OF_TIME = Flag("takes too long", "give it less to do")
LATE_BY_CLOCK = Flag(
    "made no step for {} by the clock",
    "explore it when other programs leave it more time",
    subject="the program ",
)

SURE_BYTES = 16 * os.sysconf("SC_PAGE_SIZE") // 2
"""The number of bytes that always fit into a pipe: each of its 16 pages may be only half used."""
