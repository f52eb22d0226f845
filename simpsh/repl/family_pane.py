"""A live drawing of a process and its descendants, by looks at /proc."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from itertools import count
from time import strftime

from simpsh import console
from simpsh.base.events import pipe_letter
from simpsh.base.phrases import listed, status_words
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.signal_names import SIGWINCH
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.process import proc
from simpsh.process.diagnose.examination import examined
from simpsh.process.proc import ProcessStat
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import Look, Relative, looks, name_of
from simpsh.shell.builtins.process_inspection import drawn_family
from simpsh.shell.jobs.interrupts import bytes_waiting
from simpsh.view.styled_text import Block, Line, Piece, cut, lane_style, line, painted, styled

_MOST_GONE, _MOST_PIPES = 8, 8
_BAR_COLUMNS = 8
_HOME, _END_OF_LINE, _BELOW = "\x1b[H", "\x1b[K\r\n", "\x1b[J"
_READABLE, _WRITABLE = 0o400, 0o200
"""Permission bits of the links in /proc/PID/fd, which show how a descriptor was opened."""


def follow_family(pid: int) -> None:
    """Draw a family on standard output until its first process ends; raises as looks()."""
    with SignalPipe((SIGWINCH,)) as signals:
        pane, frame = FamilyPane(pid), ""
        for look in looks(pid, [signals.descriptor]):
            is_resized = bool(signals.take())
            pane.update(look)
            tones = console.colours()
            rows = pane.rows(console.width(), console.height() - 2)
            before, frame = frame, "".join(f"{painted(row, tones)}{_END_OF_LINE}" for row in rows)
            if frame != before or is_resized:
                seen = styled(strftime("the last change was seen at %H:%M:%S"), "dim")
                console.say(f"{_HOME}{painted(seen, tones)}{_END_OF_LINE}{frame}{_BELOW}")


class FamilyPane:
    """The known state of a family, and its drawing."""

    def __init__(self, first: int) -> None:
        self._names = {first: FIRST}
        """The names of the processes that are not reaped yet."""
        self._commands: dict[int, str] = {}
        self._tree: tuple[Relative, ...] = ()
        self._gone: deque[Line] = deque(maxlen=_MOST_GONE)
        self._gone_count = 0
        self._missed: set[str] = set()
        """The names of processes with children that were missed."""
        self._births: dict[int, int] = {}
        self._statuses: dict[int, int] = {}
        self._tables: dict[int, list[tuple[int, str, int]]] = {}
        self._letters: dict[str, str] = {}
        """The names of the pipes that were held at the last drawing."""

    def update(self, look: Look) -> None:
        """Process a look at /proc."""
        seen_pids = {kin.process.pid for kin in look.tree}
        for kin in self._tree:
            if kin.process.pid not in seen_pids:
                self._miss(kin.process)
        for kin in look.tree:
            process = kin.process
            pid = process.pid
            if pid not in self._names and process.ppid in self._names:
                self._births[process.ppid] = self._births.get(process.ppid, 0) + 1
                self._names[pid] = child_name(self._names[process.ppid], self._births[process.ppid])
            if process.state == "Z":
                self._statuses[pid] = process.exit_status
                self._tables.pop(pid, None)
            elif pid in look.moved:
                self._tables[pid] = proc.links(pid, "fd")
            if pid in look.moved:
                self._learn_command(pid)
        self._tree = tuple(kin for kin in look.tree if kin.process.pid in self._names)
        self._missed |= {self._names[pid] for pid in look.missed & self._names.keys()}

    def _learn_command(self, pid: int) -> None:
        seen = command(pid)
        # A dead process has no command line.
        if seen[:1] != "[" or not self._commands.get(pid):
            self._commands[pid] = seen

    def _miss(self, process: ProcessStat) -> None:
        """Find out what happened to a process that is missing from the last look."""
        try:
            now = proc.stat(process.pid)
        except (ProcessLookupError, PermissionError):
            now = None
        if now is not None and now.start_time == process.start_time:
            self._learn_command(process.pid)
            self._lose(process.pid, f"orphaned, adopted by {name_of(now.ppid)}")
        else:
            self._lose(process.pid, "ended; status not watched")

    def _lose(self, pid: int, end: str = "") -> None:
        status = self._statuses.pop(pid, None)
        self._births.pop(pid, None)
        self._tables.pop(pid, None)
        known = self._commands.pop(pid, "")
        if name := self._names.pop(pid, ""):
            end = end if status is None else status_words(status)
            self._gone.append(line(Piece(name, lane_style((), name)), f" {pid} {known}: {end}"))
            self._gone_count += 1

    def rows(self, width: int, height: int) -> Block:
        """Return at most `height` lines; the rest is counted."""
        below = self._pipes()
        if self._gone_count > len(self._gone):
            below.append(styled(f"+ {self._gone_count - len(self._gone)} earlier", "dim"))
        below += self._gone
        if self._missed:
            had = ", ".join(sorted(self._missed))
            text = f"not watched: children of {had} that came and went between two looks"
            below.append(styled(text, "dim"))
        tree, room = self._tree, max(2, height - 2 - len(below))
        shown = tree if len(tree) <= room else tree[: room - 1]
        doing = {
            # If there is little room, omit what the processes do.
            kin.process.pid: self._doing(kin.process) if 2 * len(tree) <= room else ""
            for kin in shown
        }
        commands = {pid: self._commands.get(pid, "") for pid in doing}
        block = drawn_family(shown, self._names, commands, width, doing)
        if len(shown) < len(tree):
            block.append(styled(f"+ {len(tree) - len(shown)} more", "dim"))
        return [cut(row, width) for row in [*block, (), *below][:height]]

    def _doing(self, process: ProcessStat) -> str:
        """Return what a process waits for, or how it ended."""
        if process.state == "Z":
            parent = self._names.get(process.ppid, f"process {process.ppid}")
            return f"ended: {status_words(process.exit_status)}; not collected by {parent}"
        try:
            _, found = examined(process.pid, {})
        except PermissionError:
            return "not permitted to look"
        except ProcessLookupError:
            return ""
        if process.state not in "SD" or found.situation == "running":
            return ""
        held = {file.target for holder in found.holders for file in holder.descriptors}
        letters = (letter for pipe, letter in self._letters.items() if pipe in held)
        words = " ".join((found.situation, *letters))
        others = [self._names.get(pid, f"process {pid}") for pid in found.waits_for]
        if not others and process.pid in {holder.pid for holder in found.holders}:
            others = ["itself"]
        return f"{words}: waits for {listed(others, 'or')}" if others else words

    def _pipes(self) -> Block:
        """Give letters to the pipes that the processes hold; return a line for each."""
        ends: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
        for kin in (*self._tree[1:], *self._tree[:1]):
            pid = kin.process.pid
            for number, target, mode in self._tables.get(pid, ()):
                if target.startswith("pipe:["):
                    both = ends.setdefault(target, ({}, {}))
                    for end, bit in zip(both, (_READABLE, _WRITABLE), strict=True):
                        if mode & bit:
                            end[self._names[pid]] = f"/proc/{pid}/fd/{number}"
        # A pipe that leads out of the family was there before it.
        ends = {target: both for target, both in ends.items() if both[0]}
        # A pipe keeps its letter; the letter of a closed pipe is reused.
        self._letters = {target: self._letters[target] for target in ends & self._letters.keys()}
        block = []
        for target, (readers, writers) in ends.items():
            used = self._letters.values()
            letter = next(letter for letter in map(pipe_letter, count()) if letter not in used)
            letter = self._letters.setdefault(target, letter)
            holders = [
                [part for name in names for part in (" ", Piece(name, lane_style((), name)))]
                for names in (writers, readers)
            ]
            filled = _filling(next(iter(readers.values()), ""))
            head = Piece(f"pipe {letter}", "bold")
            block.append(line(head, f" {filled} ", *holders[0], " →", *holders[1]))
        if len(block) > _MOST_PIPES:
            more = styled(f"+ {len(block) - _MOST_PIPES} more pipes", "dim")
            block = [*block[:_MOST_PIPES], more]
        return block


def _filling(path: str) -> str:
    """Return how many bytes a pipe holds and how many fit in; see FIONREAD in pipe(7).

    Meanwhile this process holds a read end, so a pipe without a reader is not opened.
    """
    try:
        end = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return "fill level unknown"
    try:
        filled = bytes_waiting(end)
        capacity = fcntl.fcntl(end, fcntl.F_GETPIPE_SZ)
    finally:
        os.close(end)
    share = -(-filled * _BAR_COLUMNS // capacity)
    return f"{'█' * share}{'░' * (_BAR_COLUMNS - share)} {filled} of {capacity} bytes"
