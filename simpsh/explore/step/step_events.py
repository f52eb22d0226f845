"""The steps of a schedule as events, so that a controlled run is drawn like any other.

Steps have no times of their own: each takes one millisecond of the recording's clock. A pipe's
ends keep the descriptors that it was made with, since a controlled run knows ends by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from simpsh.base import events
from simpsh.base.events import CallSite, Event
from simpsh.base.signal_names import SIGCHLD
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.explore.control.controlled_run import MadeStep
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.visible_operations import process_of
from simpsh.explore.step.panel_snapshot import DEADLOCK, ZOMBIE, FamilySnapshot
from simpsh.explore.step.run_replay import Moment

_MILLISECOND = 1_000_000

_OUT, _FILE = 1, 9
_FIRST_END = 10


def draw_moments(moments: Sequence[Moment], command: str, width: int) -> list[str]:
    """Draw a controlled run as a timeline, in lines of at most `width` characters."""
    from simpsh.view.timeline.terminal_timeline import draw_timeline

    return list(draw_timeline(chronicle_of_moments(moments, command), width=width, clock="step"))


def chronicle_of_moments(
    moments: Sequence[Moment], command: str, sources: Mapping[str, str] | None = None
) -> Chronicle:
    """Return the model of a controlled run; `sources` are the texts of source files by path."""
    return chronicle_of(events_of(moments, command), "io", sources=sources)


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
        self._say("P", events.Start(0, tuple(command.split(" "))))
        self._pipes_of(first)
        for line in first.lines:
            if line.name != "P":
                self._fork(line.name, line.born_at)
        self._waits(first)
        for before, moment in pairwise(moments):
            if moment.step is not None:
                self._now += 1
                self._step(moment.step, before.panel, moment.panel)
        self._rest(moments[-1].panel)

    def _say(self, name: str, what: events.What, at: CallSite | None = None) -> None:
        seq, now = len(self.events) + 1, self._now * _MILLISECOND
        self.events.append(events.Event(self._pid(name), what, now, seq, name, 0, "ptrace", (), at))

    def _pid(self, name: str) -> int:
        return self._pids.setdefault(name, len(self._pids) + 1)

    def _fork(self, child: str, at: CallSite | None = None) -> None:
        self._say(child.rpartition(".")[0], events.Fork(self._pid(child), child), at)

    # ------------------------------------------------------------------------ one step

    def _step(self, step: MadeStep, before: FamilySnapshot, now: FamilySnapshot) -> None:
        name = process_of(step.choice)
        for number in step.signals:
            if number != SIGCHLD:
                self._say(name, events.SignalDeliver(number))
        self._operation(name, step, _place(before, name))
        self._closed(name, before, now)
        self._pipes_of(now)
        for child in step.born:
            line = now.line(child)
            self._fork(child, line.born_at if line is not None else None)
        self._ends(before, now)
        self._waits(now)

    def _operation(self, name: str, step: MadeStep, at: CallSite | None) -> None:
        operation, result = step.operation, step.result
        match operation:
            case ops.Write(where, data):
                count = result if isinstance(result, int) else len(data)
                self._say(name, self._written(where, data, count), at)
            case ops.Read(where, _):
                self._say(name, self._read(where, result), at)
            case ops.Wait():
                self._collected(name, operation, result, at)
            case ops.Kill(target, signal):
                error = -result if isinstance(result, int) and result < 0 else 0
                self._say(name, events.SignalSend(self._pid(target), signal, error), at)
            case ops.Exec(program):
                self._say(name, events.Exec((program,), program), at)
            case ops.Open(path, flags):
                fd = result if isinstance(result, int) else -1
                self._say(name, events.Open(ops.shown(path, {}), fd, flags), at)
            case _:
                pass

    def _written(self, where: str, data: bytes, count: int) -> events.Write:
        error = -count if count < 0 else 0
        text = data[: max(0, count)].decode("utf-8", "backslashreplace")
        fd, inode = self._place(where, is_write=True)
        return events.Write(fd, max(-1, count), inode, text, error)

    def _read(self, where: str, result: object) -> events.Read:
        fd, inode = self._place(where, is_write=False)
        if isinstance(result, bytes):
            text = result.decode("utf-8", "backslashreplace")
            return events.Read(fd, len(result), inode, 0, text)
        error = -result if isinstance(result, int) and result < 0 else 0
        return events.Read(fd, -1, inode, error)

    def _place(self, where: str, *, is_write: bool) -> tuple[int, str]:
        """Return the descriptor that stands for an object, and the pipe it is of."""
        if ops.is_pipe(where):
            return self._fd(where, is_write=is_write), where
        return (_OUT if where == ops.OUT else _FILE), ""

    def _fd(self, pipe: str, *, is_write: bool) -> int:
        return self._pipes.get(pipe, (_FIRST_END, _FIRST_END + 1))[is_write]

    def _collected(
        self, name: str, operation: ops.Wait, result: object, at: CallSite | None
    ) -> None:
        if name not in self._waiting:
            self._wait(name, operation, at)
        self._waiting.discard(name)
        match result:
            case (str(child), int(status)):
                self._say(name, events.WaitReturn(self._pid(child), child, status), at)
                self._say(name, events.Reap(self._pid(child), child, name))
            case int(number) if number < 0:
                self._say(name, events.WaitReturn(-1, "", None, -number), at)
            case _:
                self._say(name, events.WaitReturn(0), at)

    # ------------------------------------------------------------------------ what changed

    def _waits(self, now: FamilySnapshot) -> None:
        """Let those who are blocked in a wait begin to wait."""
        for line in now.lines:
            if line.is_blocked and line.verb == "waits" and line.name not in self._waiting:
                self._waiting.add(line.name)
                self._wait(line.name, line.operation, line.at)

    def _wait(self, name: str, operation: ops.Operation | None, at: CallSite | None) -> None:
        target = -1
        options: tuple[str, ...] = ()
        if isinstance(operation, ops.Wait):
            target = self._pid(operation.target) if operation.target.startswith("P") else -1
            options = ("WNOHANG",) if operation.options & ops.WNOHANG else ()
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
        after = {pipe.name: pipe for pipe in now.pipes}
        for pipe in before.pipes:
            left = after.get(pipe.name)
            for is_write in (False, True):
                held = name in (pipe.writers if is_write else pipe.readers)
                holds = left is not None and name in (left.writers if is_write else left.readers)
                if held and not holds:
                    self._say(
                        name,
                        events.Close(self._fd(pipe.name, is_write=is_write)),
                        _place(before, name),
                    )

    def _ends(self, before: FamilySnapshot, now: FamilySnapshot) -> None:
        for name in sorted(now.ended - before.ended):
            self._say(name, events.Exit(now.statuses[name]), _place(before, name))
            zombie = now.line(name)
            if zombie is None and name not in self._reaped():
                self._say(name, events.Reap(self._pid(name), name, "simpsh"))
            for line in now.lines:
                known = before.line(line.name)
                if known is not None and known.parent == name and line.state != ZOMBIE:
                    self._say(line.name, events.Reparent(self._pid(name), 0, "simpsh"))

    def _reaped(self) -> set[str]:
        return {event.what.child for event in self.events if isinstance(event.what, events.Reap)}

    def _rest(self, now: FamilySnapshot) -> None:
        if now.verdict == DEADLOCK:
            waiting = tuple((line.name, line.next) for line in now.lines if line.is_blocked)
            self._say("P", events.Rest(waiting))


def _place(panel: FamilySnapshot, name: str) -> CallSite | None:
    """Return the source line at which a process stands in a state."""
    line = panel.line(name)
    return line.at if line is not None else None
