"""A family while it lives: who is there and waits for whom, how full pipes are, who is gone.

Two things tell of it. What the family's record tells, if it has one, is exact: births, programs,
ends. The rest is seen in /proc at the moment of a look.
"""

from __future__ import annotations

import fcntl
import os
import termios
from collections import deque
from collections.abc import Iterable

from simpsh.base.events import Event, Exec, Exit, Fork, Reap, pipe_letter
from simpsh.base.own_program import THIS_SHELL
from simpsh.base.phrases import escaped, listed, status_words
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.record import Record
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.process import proc
from simpsh.process.diagnose.examination import examined
from simpsh.process.family_looks import Look
from simpsh.process.proc import ProcessStat
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import Relative, name_of

_MOST_GONE = 8
_COPY = "simpsh (a copy)"
"""What a child of the shell is until it executes a program, if it ever does."""


class PipeSeen(Record):
    """A pipe that members of a family hold, as it was seen just now; see pipe(7)."""

    letter: str
    target: str
    """As /proc has it: `pipe:[INODE]`."""
    filled: int | None
    """How many bytes are in it; None where that was not looked at."""
    capacity: int
    readers: tuple[str, ...]
    """The names of the members that hold a read end."""
    writers: tuple[str, ...]


class LiveFamily:
    """What is known of a family; `update` brings it up to date."""

    def __init__(self, first: int, *, is_told: bool) -> None:
        """Begin with the first process; `is_told` says whether a record tells of its children."""
        self.first = first
        self.names = {first: FIRST}
        """What each process is called that was not collected."""
        self.commands = {first: THIS_SHELL} if is_told else {}
        self.tree: tuple[Relative, ...] = ()
        """Those who have a name, as they were seen last."""
        self.gone: deque[tuple[str, str]] = deque(maxlen=_MOST_GONE)
        """The last who left, by name, with what is known of their end."""
        self.gone_count = 0
        self.missed: set[str] = set()
        """The names of those who had children that no look has seen."""
        self._first_command = command(first) if is_told else ""
        self._tellers = {first} if is_told else set()
        """Those whose children are told of, all of them."""
        self._births: dict[int, int] = {}
        self._statuses: dict[int, int] = {}
        self._tables: dict[int, list[tuple[int, str, int]]] = {}
        self._letters: dict[str, str] = {}

    def update(self, look: Look, events: Iterable[Event], *, is_of_kernel: bool = False) -> None:
        """Take a look, and what the record told until after it.

        The kernel's record tells of all births; the shell's of those in the shell and its copies.
        """
        there = {kin.process.pid for kin in look.tree}
        for kin in self.tree:
            if kin.process.pid not in there:
                self._miss(kin.process)
        # Read after the look, the record tells of each birth before one that the look has seen.
        collected = self._hear(events, is_of_kernel=is_of_kernel)
        for kin in look.tree:
            process = kin.process
            if process.pid not in collected and not is_of_kernel:
                self._name(process.pid, process.ppid)
            if process.state == "Z":
                self._statuses[process.pid] = process.exit_status
            elif process.pid in look.moved:
                self._tables[process.pid] = proc.links(process.pid, "fd")
            if process.pid in look.moved and not (process.pid == self.first and self._tellers):
                self._learn_command(process.pid)
        self.tree = tuple(kin for kin in look.tree if kin.process.pid in self.names)
        if not is_of_kernel:
            missed = look.missed & self.names.keys() - self._tellers
            self.missed |= {self.names[pid] for pid in missed}

    def _hear(self, events: Iterable[Event], *, is_of_kernel: bool) -> set[int]:
        """Take what the record tells; return the pids that were collected."""
        collected = set()
        for event in events:
            pid, what = event.pid, event.what
            if isinstance(what, Fork) and not what.thread:
                self._tellers |= {pid, what.child_pid} if is_of_kernel else {pid}
                self._name(what.child_pid, pid, what.child)
                self.commands.setdefault(what.child_pid, _COPY)
            elif isinstance(what, Exec):
                self.commands[pid] = escaped(" ".join(what.argv))
            elif isinstance(what, Exit):
                self._statuses[pid] = what.status
            elif isinstance(what, Reap):
                collected.add(what.child_pid)
                self._lose(what.child_pid)
        return collected

    def _name(self, pid: int, parent: int, name: str = "") -> None:
        if pid not in self.names and parent in self.names:
            self._births[parent] = self._births.get(parent, 0) + 1
            self.names[pid] = name or child_name(self.names[parent], self._births[parent])

    def _learn_command(self, pid: int) -> None:
        seen = command(pid)
        if pid != self.first and seen == self._first_command:
            seen = _COPY
        # The dead have none any more.
        if seen[:1] != "[" or not self.commands.get(pid):
            self.commands[pid] = seen

    def _miss(self, process: ProcessStat) -> None:
        """Find out what became of a member that the last look did not show."""
        try:
            now = proc.stat(process.pid)
        except (ProcessLookupError, PermissionError):
            now = None
        if now is not None and now.start_time == process.start_time:
            self._learn_command(process.pid)
            self._lose(process.pid, f"lives on, an orphan: adopted by {name_of(now.ppid)}")
        elif process.ppid not in self._tellers:
            self._lose(process.pid, "ended; its status was not watched")

    def _lose(self, pid: int, how: str = "") -> None:
        status = self._statuses.pop(pid, None)
        self._births.pop(pid, None)
        self._tables.pop(pid, None)
        if name := self.names.pop(pid, ""):
            end = how if status is None else status_words(status)
            self.gone.append((name, f"{pid} {self.commands.pop(pid, '')}: {end}"))
            self.gone_count += 1

    def pipes(self) -> list[PipeSeen]:
        """Return the pipes that are held now; how full they are is looked at."""
        # What the shell keeps out of the way of redirections is no part of what it runs.
        table = self._tables.get(self.first, []) if self._tellers else []
        own = {target for number, target, _ in table if number >= OWN_LOWEST}
        ends: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
        for kin in self.tree:
            pid = kin.process.pid
            for number, target, mode in self._tables.get(pid, ()):
                if target.startswith("pipe:[") and target not in own:
                    for end, bit in zip(ends.setdefault(target, ({}, {})), _BITS, strict=True):
                        if mode & bit:
                            end[self.names[pid]] = f"/proc/{pid}/fd/{number}"
        seen = []
        for target, (readers, writers) in ends.items():
            letter = self._letters.setdefault(target, pipe_letter(len(self._letters)))
            filled, capacity = _filling(next(iter(readers.values()), ""))
            seen.append(PipeSeen(letter, target, filled, capacity, (*readers,), (*writers,)))
        return seen

    def doing(self, process: ProcessStat, pipes: Iterable[PipeSeen]) -> str:
        """Say what a member waits for, and for whom; or how it ended, if it is dead."""
        if process.state == "Z":
            parent = self.names.get(process.ppid, f"process {process.ppid}")
            return f"ended: {status_words(process.exit_status)}; not collected by {parent}"
        try:
            _, found = examined(process.pid, {})
        except PermissionError:
            return "what it does may not be looked at"
        except ProcessLookupError:
            return ""
        if process.state not in "SD" or found.situation == "running":
            return ""
        held = {file.target for holder in found.holders for file in holder.descriptors}
        letters = [pipe.letter for pipe in pipes if pipe.target in held]
        words = " ".join((found.situation, *letters))
        others = [self.names.get(pid, f"process {pid}") for pid in found.waits_for]
        return f"{words}: waits for {listed(others, 'or')}" if others else words


_BITS = (0o400, 0o200)
"""Of a link in /proc/PID/fd: the descriptor can be read, can be written."""


def _filling(path: str) -> tuple[int | None, int]:
    """Return how many bytes a pipe holds, and how many fit in; see FIONREAD in pipe(7).

    For that moment this process holds a read end. So a pipe without a reader is not looked at.
    """
    try:
        end = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None, 0
    try:
        filled = int.from_bytes(fcntl.ioctl(end, termios.FIONREAD, bytes(4)), "little")
        return filled, fcntl.fcntl(end, fcntl.F_GETPIPE_SZ)
    finally:
        os.close(end)
