"""Whether a free run has printed a text of the model: marks stand for pids, which differ.

Only numbers that were pids of that run count as pids. The kernel hands out pids in order, so they
are those from the first process's to the last one that was handed out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from simpsh.base.process_names import FIRST, birth_path
from simpsh.base.record import Record
from simpsh.explore.objects.name_words import MARKS

_MOST_PIDS = 1000
"""The largest number of pids that a pattern lists."""


class RunPids(Record):
    """The pids of a free run."""

    first: int = 0
    """The pid of the program."""
    last: int = 0
    """The last pid that was handed out until the end of the run."""
    outside: frozenset[int] = frozenset()
    """The pids of processes outside that the program may ask for."""
    adopter: int = 0
    """The process that adopts orphans."""

    @property
    def pattern(self) -> bytes:
        """A regular expression that matches the pids of the run."""
        if self.last - self.first < _MOST_PIDS:
            return b"|".join(b"%d" % pid for pid in range(self.first, self.last + 1)) or b"0"
        return rb"[1-9]\d{0,6}"

    def fits(self, name: str, pid: int, others: Mapping[str, int]) -> bool:
        """Return whether a process may have a pid, given the pids of others."""
        if not self.first <= pid <= self.last or (name == FIRST) != (pid == self.first):
            return False
        return all(
            pid != other_pid
            and not (_is_older(other, name) and pid < other_pid)
            and not (_is_older(name, other) and pid > other_pid)
            for other, other_pid in others.items()
        )


def last_pid() -> int:
    """Return the last pid that the kernel has handed out in this PID namespace; see proc(5)."""
    with open("/proc/loadavg", encoding="ascii") as file:
        return int(file.read().split()[-1])


def _is_older(name: str, other: str) -> bool:
    """Return whether a process must have been born before another: an ancestor, an elder sibling.

    >>> _is_older("P1", "P2.1"), _is_older("P1.1", "P2"), _is_older("P0", "P3")
    (True, False, True)
    """
    path, below = birth_path(name), birth_path(other)
    if len(path) > len(below) or name == other:
        return False
    return path == below[: len(path)] or (
        path[:-1] == below[: len(path) - 1] and path[-1] < below[len(path) - 1]
    )


def prints(output: bytes, text: bytes, pids: RunPids) -> bool:
    """Return whether a free run with these pids may have printed a text as `output`.

    A program may also print what looks like a mark: then each such mark is a pid or not.
    """
    if output == text:
        return True
    own = {match["process"] for match in MARKS.finditer(output)}
    pattern, end, names = b"", 0, list[str]()
    for match in MARKS.finditer(text):
        mark, line_end = match[0].rstrip(b"\n"), match[0][len(match[0].rstrip(b"\n")) :]
        pattern += re.escape(text[end : match.start()])
        if match["process"]:
            name = match["process"].decode()
            if name not in names or match["process"] in own:
                pattern += b"(?P<pid_%d>%s|%s)" % (len(names), mark, pids.pattern)
                names.append(name)
            else:
                pattern += b"(?P=pid_%d)" % names.index(name)
            pattern += line_end
        elif match["outside"]:
            outside = b"|".join(b"%d" % pid for pid in pids.outside)
            pattern += b"(?:%s|%s)%s" % (mark, outside, line_end)
        else:
            pattern += b"(?:[^\n]*\n)*"  # lines, whose number differs, too
        end = match.end()
    found = re.fullmatch(pattern + re.escape(text[end:]), output)
    if found is None:
        return False
    groups = zip(names, found.groups(), strict=True)
    pairs = {(name, int(pid)) for name, pid in groups if pid.isdigit()}
    given = dict(pairs)
    return len(given) == len(pairs) and all(
        pids.fits(name, pid, {other: given[other] for other in given if other != name})
        for name, pid in given.items()
    )


def with_adopter(output: bytes, pid: int, other: int) -> bytes:
    """Replace the pid of a process that adopts orphans by another one.

    >>> with_adopter(b"my parent is 10017, not 110017", 10017, 1)
    b'my parent is 1, not 110017'
    """
    return re.sub(rb"(?<![0-9])%d(?![0-9])" % pid, b"%d" % other, output)
