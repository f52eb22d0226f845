"""Understanding a run: one pass over its events builds processes, states, pipes and causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.chronicle.causes import Causes
from simpsh.chronicle.holdings import Holdings
from simpsh.chronicle.links import Links
from simpsh.chronicle.model import (
    BLOCKED,
    RUNNING,
    STOPPED,
    WAITING,
    ZOMBIE,
    Chronicle,
    Interval,
    Process,
    Program,
)
from simpsh.events import (
    Close,
    Continue,
    Dup,
    Event,
    Exec,
    Exit,
    Fork,
    Open,
    Pipe,
    Reap,
    Reparent,
    Rest,
    Start,
    Stop,
    Wait,
    WaitReturn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def chronicle_of(
    events: Sequence[Event], level: str = "", labels: Mapping[str, str] | None = None
) -> Chronicle:
    """Return the model of the run that these events tell of.

    Args:
        events: a recording's events, in order.
        level: the level they were recorded at, as the recording's header has it.
        labels: what to call processes for people, by symbolic name.
    """
    return _Teller(events, level, labels or {}).tell()


class _Teller:
    def __init__(self, events: Sequence[Event], level: str, labels: Mapping[str, str]) -> None:
        self._events = events
        self._level = level
        self._labels = labels
        self._processes: dict[str, Process] = {}
        self._by_pid: dict[int, Process] = {}
        self._bearers: dict[int, list[Process]] = {}
        self._births: dict[str, int] = {}
        self._owners: list[str] = []
        self._pending_waits: dict[str, int] = {}
        self._holdings = Holdings()
        self._links = Links(self._holdings)
        self._tellers: dict[type, Callable[[int, Process, Event], None]] = {
            Fork: self._fork,
            Exec: self._exec,
            Wait: self._wait,
            WaitReturn: self._wait_return,
            Exit: self._exit,
            Reparent: self._reparent,
            Stop: self._stop,
            Continue: self._continue,
            Start: self._start,
            Pipe: self._pipe,
            Dup: self._dup,
            Close: self._close,
            Open: self._open,
        }

    def tell(self) -> Chronicle:
        for index, event in enumerate(self._events):
            self._take(index, event)
        links = self._links
        causes = Causes(links.chains, ((edge.source, edge.target) for edge in links.edges))
        return Chronicle(
            self._events,
            self._level,
            self._processes,
            self._owners,
            self._holdings.pipes,
            links.edges,
            causes,
            self._bearers,
        )

    def _take(self, index: int, event: Event) -> None:
        if isinstance(event.what, Rest):
            self._rest(index, event)
            return
        if isinstance(event.what, Reap):
            self._owners.append(event.proc)
            self._links.take(index, event, self._processes.get(event.proc))
            self._reap(index, event.what)
            return
        process = self._owner(index, event)
        self._owners.append(process.name)
        self._links.take(index, event, process)
        self._waits_are_real(process)
        if process.intervals[-1].state == BLOCKED:
            self._become(process, RUNNING, index)
        teller = self._tellers.get(type(event.what))
        if teller is not None:
            teller(index, process, event)
        self._links.after(index, event, process)

    def _owner(self, index: int, event: Event) -> Process:
        known = self._processes.get(event.proc)
        if known is None and not event.proc:
            known = self._by_pid.get(event.pid)
        return self._appear(index, event) if known is None else known

    def _appear(self, index: int, event: Event) -> Process:
        """Meet a process that was there before the recording, or whose birth is not in it."""
        name = event.proc or self._free_name()
        known = self._processes.get(name)
        if known is not None:
            return known
        number = sum(1 for one in self._processes.values() if not one.parent)
        path = f"P{number + 1}" if number else "P"
        return self._born(Process(name, path, event.pid, "", index))

    def _free_name(self) -> str:
        number = len(self._processes)
        while f"P{number}" in self._processes:
            number += 1
        return f"P{number}"

    def _born(self, process: Process) -> Process:
        process.label = self._labels.get(process.name, process.name)
        process.intervals.append(Interval(RUNNING, process.birth))
        self._processes[process.name] = self._by_pid[process.pid] = process
        self._bearers.setdefault(process.pid, []).append(process)
        return process

    def _become(self, process: Process, state: str, index: int) -> None:
        """Let a process be in another state from this event on; none if it is empty."""
        last = process.intervals[-1]
        if last.state == state and last.end is None:
            return
        if last.end is None:
            last.end = index
        if state:
            process.intervals.append(Interval(state, index))

    def _start(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Start):
            what = event.what
            process.programs.append(Program(index, _program_name(what.argv), what.argv))
            self._holdings.seen(process, index, what.files, what.pipes)

    def _fork(self, index: int, process: Process, event: Event) -> None:
        what = event.what
        if not isinstance(what, Fork) or what.thread:
            return
        place = self._births[process.name] = self._births.get(process.name, 0) + 1
        name = what.child or self._free_name()
        child = Process(name, f"{process.path}.{place}", what.child_pid, process.name, index)
        self._born(child)
        if process.programs:
            inherited = process.programs[-1]
            child.programs.append(Program(index, inherited.name, inherited.argv, is_copy=True))
        table = self._holdings.table(process.name)
        if table or what.pipes:
            self._holdings.replaced(child, index, dict(table))
        if what.pipes:
            self._holdings.seen_pipes(child, index, what.pipes)

    def _exec(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Exec):
            what = event.what
            name = _program_name(what.argv) or _program_name((what.exe,))
            process.programs.append(Program(index, name, what.argv))
            self._holdings.seen(process, index, what.files, what.pipes)

    def _wait(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Wait):
            if event.what.pipes:
                self._holdings.seen_pipes(process, index, event.what.pipes)
            if "WNOHANG" not in event.what.options:
                self._pending_waits[process.name] = index

    def _waits_are_real(self, mover: Process | None) -> None:
        """A wait counts as a state once somebody else moves while it lasts."""
        for name, begin in list(self._pending_waits.items()):
            waiter = self._processes[name]
            if waiter is not mover and waiter.intervals[-1].state == RUNNING:
                waiter.intervals[-1].end = begin
                waiter.intervals.append(Interval(WAITING, begin))
                if waiter.intervals[-2].begin == begin:
                    del waiter.intervals[-2]
                del self._pending_waits[name]

    def _wait_return(self, index: int, process: Process, _: Event) -> None:
        self._pending_waits.pop(process.name, None)
        if process.intervals[-1].state == WAITING:
            self._become(process, RUNNING, index)

    def _exit(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Exit):
            self._pending_waits.pop(process.name, None)
            process.exit, process.status = index, event.what.status
            self._become(process, ZOMBIE, index)
            if self._holdings.table(process.name):
                self._holdings.replaced(process, index, {})

    def _reap(self, index: int, what: Reap) -> None:
        child = self._processes.get(what.child) or self._by_pid.get(what.child_pid)
        if child is not None and child.reap is None:
            child.reap, child.collector = index, what.by
            self._become(child, "", index)
            if self._by_pid.get(child.pid) is child:
                del self._by_pid[child.pid]

    def _reparent(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Reparent):
            process.adoptions.append((index, event.what.adopter or f"pid {event.what.ppid}"))

    def _stop(self, index: int, process: Process, _: Event) -> None:
        self._become(process, STOPPED, index)

    def _continue(self, index: int, process: Process, _: Event) -> None:
        if process.intervals[-1].state == STOPPED:
            was_waiting = len(process.intervals) > 1 and process.intervals[-2].state == WAITING
            self._become(process, WAITING if was_waiting else RUNNING, index)

    def _rest(self, index: int, event: Event) -> None:
        """All are asleep: who seemed to run was blocked in a call."""
        root = next(iter(self._processes.values()), None)
        self._owners.append(root.name if root is not None else "")
        self._links.take(index, event, root)
        self._waits_are_real(None)
        names = {name for name, _ in event.what.waiting} if isinstance(event.what, Rest) else set()
        for name, process in self._processes.items():
            if name in names and process.intervals[-1].state == RUNNING:
                self._become(process, BLOCKED, index)

    def _pipe(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Pipe):
            self._holdings.made(process, index, event.what)

    def _dup(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Dup) and not event.what.errno and event.what.newfd >= 0:
            target = self._holdings.table(process.name).get(event.what.oldfd, "")
            self._holdings.set(process, index, event.what.newfd, target)

    def _close(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Close) and event.what.fd in self._holdings.table(process.name):
            self._holdings.set(process, index, event.what.fd, "")

    def _open(self, index: int, process: Process, event: Event) -> None:
        if isinstance(event.what, Open) and event.what.fd >= 0:
            self._holdings.set(process, index, event.what.fd, event.what.path)


def _program_name(argv: Sequence[str]) -> str:
    return argv[0].rsplit("/", 1)[-1] if argv else ""
