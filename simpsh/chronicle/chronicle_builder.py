"""Understanding a run: one pass over its events builds processes, states, pipes and causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.base import events
from simpsh.base.events import Event, What
from simpsh.base.own_program import as_typed
from simpsh.base.phrases import escaped
from simpsh.base.record import changed
from simpsh.chronicle.causal_edges import EdgeFinder
from simpsh.chronicle.chronicle_model import (
    BLOCKED,
    RUNNING,
    STOPPED,
    WAITING,
    ZOMBIE,
    Chronicle,
    Interval,
    ProcessLife,
    ProgramRun,
    VectorClocks,
)
from simpsh.chronicle.descriptor_history import DescriptorHistory


def chronicle_of(
    events: Sequence[Event],
    level: str = "",
    labels: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
) -> Chronicle:
    """Return the model of the run that these events tell of.

    Args:
        events: a recording's events, in order.
        level: the level they were recorded at, as the recording's header has it.
        labels: what to call processes for people, by symbolic name.
        sources: the texts of the source files that events name, by path.
    """
    shown = [_as_typed(event) for event in events]
    return _ChronicleBuilder(shown, level, labels or {}).build(sources or {})


def _as_typed(event: Event) -> Event:
    """Return the event; a simpsh that simpsh started is shown as a person would have typed it."""
    if not isinstance(event.what, events.Start | events.Exec):
        return event
    argv = as_typed(event.what.argv)
    return event if argv == event.what.argv else changed(event, what=changed(event.what, argv=argv))


class _ChronicleBuilder:
    def __init__(self, events: Sequence[Event], level: str, labels: Mapping[str, str]) -> None:
        self._events = events
        self._level = level
        self._labels = labels
        self._processes: dict[str, ProcessLife] = {}
        self._by_pid: dict[int, ProcessLife] = {}
        self._bearers: dict[int, list[ProcessLife]] = {}
        self._births: dict[str, int] = {}
        self._owners: list[str] = []
        self._pending_waits: dict[str, int] = {}
        self._holdings = DescriptorHistory()
        self._links = EdgeFinder(self._holdings)

    def build(self, sources: Mapping[str, str]) -> Chronicle:
        for index, event in enumerate(self._events):
            self._take(index, event)
        links = self._links
        causes = VectorClocks(links.chains, ((edge.source, edge.target) for edge in links.edges))
        return Chronicle(
            self._events,
            self._level,
            self._processes,
            self._owners,
            self._holdings.pipes,
            links.edges,
            causes,
            self._bearers,
            sources,
        )

    def _take(self, index: int, event: Event) -> None:
        if isinstance(event.what, events.Rest):
            self._rest(index, event, event.what)
            return
        if isinstance(event.what, events.Reap):
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
        self._change(index, process, event.what)
        self._links.after(index, event, process)

    def _owner(self, index: int, event: Event) -> ProcessLife:
        known = self._processes.get(event.proc)
        if known is None and not event.proc:
            known = self._by_pid.get(event.pid)
        return self._appear(index, event) if known is None else known

    def _appear(self, index: int, event: Event) -> ProcessLife:
        """Meet a process that was there before the recording, or whose birth is not in it."""
        name = event.proc or self._free_name()
        known = self._processes.get(name)
        if known is not None:
            return known
        number = sum(1 for one in self._processes.values() if not one.parent)
        path = f"P{number + 1}" if number else "P"
        return self._born(ProcessLife(name, path, event.pid, "", index))

    def _free_name(self) -> str:
        number = len(self._processes)
        while f"P{number}" in self._processes:
            number += 1
        return f"P{number}"

    def _born(self, process: ProcessLife) -> ProcessLife:
        process.label = escaped(self._labels.get(process.name, process.name))
        process.intervals.append(Interval(RUNNING, process.birth))
        self._processes[process.name] = self._by_pid[process.pid] = process
        self._bearers.setdefault(process.pid, []).append(process)
        return process

    def _become(self, process: ProcessLife, state: str, index: int) -> None:
        """Put a process into another state from this event on; none if it is empty."""
        last = process.intervals[-1]
        if last.state == state and last.end is None:
            return
        if last.end is None:
            last.end = index
        if state:
            process.intervals.append(Interval(state, index))

    def _change(self, index: int, process: ProcessLife, what: What) -> None:
        """Let an event change its process."""
        match what:
            case events.Start() | events.Exec():
                name = _program_name(what.argv)
                if isinstance(what, events.Exec):
                    name = name or _program_name((what.exe,))
                process.programs.append(ProgramRun(index, name, what.argv))
                self._holdings.seen(process, index, what.files, what.pipes)
            case events.Fork(thread=False):
                self._fork(index, process, what)
            case events.Exit(status):
                self._exit(index, process, status)
            case events.Reparent():
                adopter = escaped(what.adopter) or f"pid {what.ppid}"
                process.adoptions.append((index, adopter))
            case events.Stop() | events.Continue():
                self._stop_or_continue(index, process, what)
            case events.Wait() | events.WaitReturn():
                self._wait(index, process, what)
            case _:
                self._change_descriptors(index, process, what)

    def _fork(self, index: int, process: ProcessLife, what: events.Fork) -> None:
        place = self._births[process.name] = self._births.get(process.name, 0) + 1
        name = what.child or self._free_name()
        child = ProcessLife(name, f"{process.path}.{place}", what.child_pid, process.name, index)
        self._born(child)
        if process.programs:
            inherited = process.programs[-1]
            child.programs.append(ProgramRun(index, inherited.name, inherited.argv, is_copy=True))
        table = self._holdings.table(process.name)
        if table or what.pipes:
            self._holdings.replaced(child, index, dict(table))
        if what.pipes:
            self._holdings.seen_pipes(child, index, what.pipes)

    def _exit(self, index: int, process: ProcessLife, status: int) -> None:
        self._pending_waits.pop(process.name, None)
        process.exit, process.status = index, status
        self._become(process, ZOMBIE, index)
        if self._holdings.table(process.name):
            self._holdings.replaced(process, index, {})

    def _stop_or_continue(
        self, index: int, process: ProcessLife, what: events.Stop | events.Continue
    ) -> None:
        if isinstance(what, events.Stop):
            self._become(process, STOPPED, index)
        elif process.intervals[-1].state == STOPPED:
            was_waiting = len(process.intervals) > 1 and process.intervals[-2].state == WAITING
            self._become(process, WAITING if was_waiting else RUNNING, index)

    def _wait(
        self, index: int, process: ProcessLife, what: events.Wait | events.WaitReturn
    ) -> None:
        if isinstance(what, events.WaitReturn):
            self._pending_waits.pop(process.name, None)
            if process.intervals[-1].state == WAITING:
                self._become(process, RUNNING, index)
            return
        if what.pipes:
            self._holdings.seen_pipes(process, index, what.pipes)
        if "WNOHANG" not in what.options:
            self._pending_waits[process.name] = index

    def _waits_are_real(self, mover: ProcessLife | None) -> None:
        """Make a wait a state once another process moves while it lasts."""
        for name, begin in list(self._pending_waits.items()):
            waiter = self._processes[name]
            if waiter is not mover and waiter.intervals[-1].state == RUNNING:
                waiter.intervals[-1].end = begin
                waiter.intervals.append(Interval(WAITING, begin))
                if waiter.intervals[-2].begin == begin:
                    del waiter.intervals[-2]
                del self._pending_waits[name]

    def _reap(self, index: int, what: events.Reap) -> None:
        child = self._processes.get(what.child) or self._by_pid.get(what.child_pid)
        if child is not None and child.reap is None:
            child.reap, child.collector = index, what.by
            self._become(child, "", index)
            if self._by_pid.get(child.pid) is child:
                del self._by_pid[child.pid]

    def _rest(self, index: int, event: Event, what: events.Rest) -> None:
        """Note that all are asleep: a process that seemed to run was blocked in a call."""
        root = next(iter(self._processes.values()), None)
        self._owners.append(root.name if root is not None else "")
        self._links.take(index, event, root)
        self._waits_are_real(None)
        for name in dict(what.waiting):
            process = self._processes.get(name)
            if process is not None and process.intervals[-1].state == RUNNING:
                self._become(process, BLOCKED, index)

    def _change_descriptors(self, index: int, process: ProcessLife, what: What) -> None:
        table = self._holdings.table(process.name)
        match what:
            case events.Pipe():
                self._holdings.made(process, index, what)
            case events.Dup(old, new, 0) if new >= 0:
                self._holdings.set(process, index, new, table.get(old, ""))
            case events.Close(number) if number in table:
                self._holdings.set(process, index, number, "")
            case events.Open(path, number) if number >= 0:
                self._holdings.set(process, index, number, path)
            case _:
                pass


def _program_name(argv: Sequence[str]) -> str:
    return escaped(argv[0].rsplit("/", 1)[-1]) if argv else ""
