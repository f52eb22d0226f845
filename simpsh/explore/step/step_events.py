"""The steps of a schedule as events, so that a controlled run is drawn like any other.

Steps have no times of their own: each takes one millisecond of the recording's clock. A pipe's
ends keep the descriptors that it was made with, since a controlled run knows ends by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from simpsh.base import events
from simpsh.base.events import CallSite, Event
from simpsh.base.process_names import FIRST, parent_of
from simpsh.base.signal_names import SIGCHLD
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.explore.control.controlled_run import MadeStep
from simpsh.explore.model.file_operations import Open
from simpsh.explore.model.kernel_state import Operation
from simpsh.explore.model.pipe_operations import Read, Write
from simpsh.explore.model.process_operations import WNOHANG, Exec, Wait
from simpsh.explore.model.signal_operations import ORPHANED, Kill
from simpsh.explore.model.symbolic_names import OUT, is_pipe, process_of, shown
from simpsh.explore.step.panel_snapshot import DEADLOCK, ZOMBIE, FamilySnapshot
from simpsh.explore.step.run_replay import Moment

_MILLISECOND = 1_000_000

_OUT, _FILE = 1, 9
_FIRST_END = 10


def draw_moments(moments: Sequence[Moment], command: str, width: int) -> list[str]:
    """Draw a controlled run as a timeline, in lines of at most `width` characters."""
    from simpsh.view.timeline.terminal_timeline import draw_timeline

    chronicle = chronicle_of(events_of(moments, command), "io")
    return list(draw_timeline(chronicle, width=width, clock="step"))


def events_of(moments: Sequence[Moment], command: str) -> list[Event]:
    """Return the events of a controlled run, of a program called `command`."""
    return _Writer(moments, command).events


class _Writer:
    def __init__(self, moments: Sequence[Moment], command: str) -> None:
        self.events: list[Event] = []
        self._now = 0
        self._pids: dict[str, int] = {}
        self._pipes: dict[str, tuple[int, int]] = {}
        """The descriptors that a pipe was made with, for reading and for writing."""
        self._waiting: set[str] = set()
        first = moments[0].panel
        self._say(FIRST, events.Start(0, tuple(command.split(" "))))
        self._pipes_of(first)
        for line in first.lines:
            if line.name != FIRST:
                self._fork(line.name, line.born_at)
        self._waits(first)
        for before, moment in pairwise(moments):
            if moment.step is not None:
                self._now += 1
                self._step(moment.step, before.panel, moment.panel)
        if moments[-1].panel.verdict == DEADLOCK:
            waiting = tuple(
                (line.name, line.next) for line in moments[-1].panel.lines if line.is_blocked
            )
            self._say(FIRST, events.Rest(waiting))

    def _say(self, name: str, what: events.What, at: CallSite | None = None) -> None:
        seq, now = len(self.events) + 1, self._now * _MILLISECOND
        self.events.append(events.Event(self._pid(name), what, now, seq, name, 0, "ptrace", (), at))

    def _pid(self, name: str) -> int:
        return self._pids.setdefault(name, len(self._pids) + 1)

    def _fork(self, child: str, at: CallSite | None = None) -> None:
        self._say(parent_of(child), events.Fork(self._pid(child), child), at)

    # ------------------------------------------------------------------------ one step

    def _step(self, step: MadeStep, before: FamilySnapshot, now: FamilySnapshot) -> None:
        name = process_of(step.choice)
        for number in step.signals:
            if number not in (SIGCHLD, ORPHANED):
                self._say(name, events.SignalDeliver(number))
        at = _place(before, name)
        operation, result = step.operation, step.result
        error = -result if isinstance(result, int) and result < 0 else 0
        if isinstance(operation, Write):
            count = result if isinstance(result, int) else len(operation.data)
            text = operation.data[: max(0, count)].decode("utf-8", "backslashreplace")
            fd, inode = self._end_of(operation.object, is_write=True)
            self._say(name, events.Write(fd, max(-1, count), inode, text, error), at)
        elif isinstance(operation, Read):
            fd, inode = self._end_of(operation.object, is_write=False)
            data = result if isinstance(result, bytes) else b""
            count = len(data) if isinstance(result, bytes) else -1
            text = data.decode("utf-8", "backslashreplace")
            self._say(name, events.Read(fd, count, inode, error, text), at)
        elif isinstance(operation, Wait):
            self._collected(name, operation, result, at)
        elif isinstance(operation, Kill):
            target = self._pid(operation.target)
            self._say(name, events.SignalSend(target, operation.signal, error), at)
        elif isinstance(operation, Exec):
            self._say(name, events.Exec((operation.program,), operation.program), at)
        elif isinstance(operation, Open):
            fd = result if isinstance(result, int) else -1
            self._say(name, events.Open(shown(operation.path, {}), fd, operation.flags), at)
        self._closed(name, before, now)
        self._pipes_of(now)
        for child in step.born:
            line = now.line(child)
            self._fork(child, line.born_at if line is not None else None)
        self._ends(before, now)
        self._waits(now)

    def _end_of(self, where: str, *, is_write: bool) -> tuple[int, str]:
        """Return the descriptor that stands for an object, and the pipe it is of."""
        if is_pipe(where):
            return self._fd(where, is_write=is_write), where
        return (_OUT if where == OUT else _FILE), ""

    def _fd(self, pipe: str, *, is_write: bool) -> int:
        return self._pipes.get(pipe, (_FIRST_END, _FIRST_END + 1))[is_write]

    def _collected(self, name: str, operation: Wait, result: object, at: CallSite | None) -> None:
        if name not in self._waiting:
            self._wait(name, operation, at)
        self._waiting.discard(name)
        if isinstance(result, tuple):
            child, status = result
            self._say(name, events.WaitReturn(self._pid(child), child, status), at)
            self._say(name, events.Reap(self._pid(child), child, name))
        elif isinstance(result, int) and result < 0:
            self._say(name, events.WaitReturn(-1, "", None, -result), at)
        else:
            self._say(name, events.WaitReturn(0), at)

    # ------------------------------------------------------------------------ what changed

    def _waits(self, now: FamilySnapshot) -> None:
        """Let those who are blocked in a wait begin to wait."""
        for line in now.lines:
            if line.is_blocked and line.verb == "waits" and line.name not in self._waiting:
                self._waiting.add(line.name)
                self._wait(line.name, line.operation, line.at)

    def _wait(self, name: str, operation: Operation | None, at: CallSite | None) -> None:
        target = -1
        options: tuple[str, ...] = ()
        if isinstance(operation, Wait):
            target = self._pid(operation.target) if operation.target.startswith("P") else -1
            options = ("WNOHANG",) if operation.options & WNOHANG else ()
        self._say(name, events.Wait(target, options), at)

    def _pipes_of(self, now: FamilySnapshot) -> None:
        for pipe in now.pipes:
            if pipe.name not in self._pipes:
                maker = now.line(pipe.name.partition("|")[0])
                table = maker.table if maker is not None else ()
                numbers = {what: number for number, what in reversed(table)}
                free = _FIRST_END + 2 * len(self._pipes)
                self._pipes[pipe.name] = ends = (
                    numbers.get(f"reads pipe {pipe.letter}", free),
                    numbers.get(f"writes pipe {pipe.letter}", free + 1),
                )
                name = pipe.name.partition("|")[0]
                self._say(name, events.Pipe(*ends, pipe.name, pipe.letter))

    def _closed(self, name: str, before: FamilySnapshot, now: FamilySnapshot) -> None:
        """Tell which pipe ends a living process has given up."""
        if name in now.ended:
            return
        held, holds = (
            {
                (pipe.name, is_write)
                for pipe in panel.pipes
                for is_write, names in ((False, pipe.readers), (True, pipe.writers))
                if name in names
            }
            for panel in (before, now)
        )
        for pipe, is_write in sorted(held - holds):
            fd = self._fd(pipe, is_write=is_write)
            self._say(name, events.Close(fd), _place(before, name))

    def _ends(self, before: FamilySnapshot, now: FamilySnapshot) -> None:
        for name in sorted(now.ended - before.ended):
            self._say(name, events.Exit(now.statuses[name]), _place(before, name))
            zombie = now.line(name)
            reaped = [
                event.what.child for event in self.events if isinstance(event.what, events.Reap)
            ]
            if zombie is None and name not in reaped:
                self._say(name, events.Reap(self._pid(name), name, "simpsh"))
            for line in now.lines:
                known = before.line(line.name)
                if known is not None and known.parent == name and line.state != ZOMBIE:
                    self._say(line.name, events.Reparent(self._pid(name), 0, "simpsh"))


def _place(panel: FamilySnapshot, name: str) -> CallSite | None:
    """Return the source line at which a process stands in a state."""
    line = panel.line(name)
    return line.at if line is not None else None
