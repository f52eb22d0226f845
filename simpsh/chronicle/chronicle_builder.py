"""Builds the model of a run in one pass over its events: processes, states, pipes and causes.

`EdgeFinder` finds the causes: fork, exit and wait, signals, pipe data, end of file, adoption.
"""

from __future__ import annotations

from errno import ECHILD, EPIPE

from simpsh.base import events
from simpsh.base.events import Event
from simpsh.base.own_program import as_typed
from simpsh.base.phrases import escaped
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD, SIGCONT, SIGPIPE
from simpsh.base.targets import File, Kernel, Member, Outsider, PipeEnd, Target
from simpsh.base.wait_status import is_end, killing_signal
from simpsh.chronicle.chronicle_model import (
    ASLEEP,
    STOPPED,
    THERE,
    UNWATCHED,
    WAITING,
    ZOMBIE,
    CausalEdge,
    Chronicle,
    DescriptorHistory,
    Interval,
    Link,
    ProcessLife,
    ProgramRun,
    VectorClocks,
    shows_run,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Mapping, Sequence

    from simpsh.base.event_kind import RecordLevel
    from simpsh.chronicle.chronicle_model import LifeState

else:
    from _collections import deque


def chronicle_of(
    events: Sequence[Event],
    level: RecordLevel = "",
    sources: Mapping[str, str] | None = None,
    *,
    asleep: Mapping[int, Sequence[str]] | None = None,
) -> Chronicle:
    """Return the model of a run.

    `level` is the recording's level. `sources` are the texts of the source files that events name,
    by path. `asleep` names the processes that were found asleep right after an event.
    """
    shown = [_as_typed(event) for event in events]
    return _ChronicleBuilder(shown, level, asleep or {}).build(sources or {})


def _as_typed(event: Event) -> Event:
    """Return an event, with a simpsh started by simpsh shown as a person would type it."""
    if not isinstance(event.what, events.Start | events.Exec):
        return event
    argv = as_typed(event.what.argv)
    return event if argv == event.what.argv else changed(event, what=changed(event.what, argv=argv))


_Ends = tuple[tuple[int, PipeEnd], ...]
_Files = tuple[tuple[int, File], ...]


def listed_descriptors(event: Event) -> tuple[_Ends | None, _Files | None]:
    """Return the pipe ends and other descriptors in an event; None if /proc was not read."""
    what = event.what
    pipes: _Ends | None = None
    files: _Files | None = None
    match what:
        case events.Start() | events.Exec():
            # If /proc was not read, both are empty.
            return (what.pipes, what.files) if what.pipes or what.files else (None, None)
        case events.Fork() | events.Exit():
            pipes, files = what.pipes, what.files
        case events.Wait():
            pipes = what.pipes
        case (
            events.LifeEvent() | events.SignalEvent() | events.GroupEvent() | events.SilentEvent()
            | events.DescriptorEvent() | events.Rest() | events.Unfinished() | events.PlainEvent()
        ):  # fmt: skip
            pass
    # Two empty lists mean that /proc was not read, for the birth of a thread in earlier recordings.
    has_no_look = isinstance(what, events.Fork) and what.thread
    return (None, None) if has_no_look and not pipes and not files else (pipes, files)


class _ChronicleBuilder:
    def __init__(
        self, events: Sequence[Event], level: RecordLevel, asleep: Mapping[int, Sequence[str]]
    ) -> None:
        self._events = events
        self._level = level
        self._asleep = asleep
        self._processes: dict[str, ProcessLife] = {}
        self._by_pid: dict[int, ProcessLife] = {}
        self._bearers: dict[int, list[ProcessLife]] = {}
        self._births: dict[str, int] = {}
        self._owners: list[str] = []
        self._pending_waits: dict[str, int] = {}
        self._threaded: set[str] = set()
        """Processes that share descriptors with threads or another process."""
        self._unlisted: set[str] = set()
        """Processes whose descriptors are unknown since an exec."""
        self._holdings = DescriptorHistory()
        self._links = EdgeFinder(self._holdings)

    def build(self, sources: Mapping[str, str]) -> Chronicle:
        for index, event in enumerate(self._events):
            self._take(index, event)
            for name in self._asleep.get(index, ()):
                self._sleep(name, index)
        links = self._links
        causes = VectorClocks(links.chains, ((edge.source, edge.target) for edge in links.edges))
        edges_into: dict[int, list[CausalEdge]] = {}
        for edge in links.edges:
            edges_into.setdefault(edge.target, []).append(edge)
        for process in self._processes.values():
            _end_sleeps_at_causes(process, causes)
        return Chronicle(
            self._events,
            self._level,
            self._processes,
            self._owners,
            self._holdings.pipes,
            links.edges,
            edges_into,
            causes,
            self._bearers,
            sources,
            unrecorded=links.unrecorded,
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
        process = self._processes.get(event.proc)
        if process is None and not event.proc:
            process = self._by_pid.get(event.pid)
        if process is None:
            # The process existed before the recording, or its birth is missing.
            name = event.proc or (self._next_child(FIRST) if self._processes else FIRST)
            parent = self._by_pid.get(getattr(event.what, "ppid", 0))
            of = Member(parent.name) if parent is not None else None
            life = ProcessLife(name, event.pid, of, index)
            process = self._processes.get(name) or self._begin_life(life)
        self._owners.append(process.name)
        self._links.take(index, event, process)
        self._confirm_waits(process)
        what = event.what
        self._change_state(index, process, what)
        self._change_descriptors(index, process, event)
        self._change_life(index, event, process)
        self._links.after(index, event, process)

    def _change_life(self, index: int, event: Event, process: ProcessLife) -> None:
        what = event.what
        match what:
            case events.Start() | events.Exec():
                path = what.argv[0] if what.argv else ""
                if isinstance(what, events.Exec):
                    path = path or what.exe
                name = escaped(path.rsplit("/", 1)[-1])
                process.programs.append(ProgramRun(index, name, what.argv))
                self._threaded.discard(process.name)
            case events.Fork():
                if not what.thread:
                    self._fork(index, process, event, what)
            case events.Exit():
                process.exit, process.status = index, what.status
            case events.ThreadExit():
                process.thread_ends.append(index)
            case events.Reparent():
                process.adoptions.append((index, what.adopter or Outsider("", what.ppid)))
            case (
                events.ExecError() | events.Wait() | events.WaitReturn() | events.Reap()
                | events.SignalEvent() | events.GroupEvent() | events.DescriptorEvent()
                | events.SilentEvent() | events.Rest() | events.Unfinished() | events.PlainEvent()
            ):  # fmt: skip
                pass

    def _change_state(self, index: int, process: ProcessLife, what: events.What) -> None:
        is_caught = isinstance(what, events.SignalDeliver) and not what.effect
        if is_caught or shows_run(what):
            # Even a wait that did not return: a handler runs first.
            self._pending_waits.pop(process.name, None)
            if process.intervals[-1].state in (ASLEEP, WAITING):
                self._become(process, THERE, index)
        match what:
            case events.Exit():
                self._become(process, ZOMBIE, index)
            case events.Stop() | events.Start(state="T"):
                self._become(process, STOPPED, index)
            case events.Continue():
                if process.intervals[-1].state == STOPPED:
                    before = [interval.state for interval in process.intervals[-2:-1]]
                    self._become(process, WAITING if before == [WAITING] else THERE, index)
            case events.Wait():
                if self._sleeps(index, process, what):
                    self._pending_waits[process.name] = index
            case (
                events.Start() | events.Fork() | events.Exec() | events.ExecError()
                | events.WaitReturn() | events.ThreadExit() | events.Reap() | events.Reparent()
                | events.SignalSend() | events.SignalDeliver()
                | events.GroupEvent() | events.DescriptorEvent() | events.SilentEvent()
                | events.Rest() | events.Unfinished() | events.PlainEvent()
            ):  # fmt: skip
                pass

    def _sleeps(self, index: int, process: ProcessLife, what: events.Wait) -> bool:
        """Return whether a wait that begins will certainly block.

        Groups are not followed: a wait for a group may return any child that has news.
        """
        states = {ZOMBIE, STOPPED} if {"WUNTRACED", "WSTOPPED"} & {*what.options} else {ZOMBIE}
        return (
            "WNOHANG" not in what.options
            and process.name not in self._threaded
            and not any(
                child.intervals[-1].state in states
                and child.parent_at(index) == Member(process.name)
                and (what.target <= 0 or what.target == child.pid)
                for child in self._by_pid.values()
            )
        )

    def _change_descriptors(self, index: int, process: ProcessLife, event: Event) -> None:
        holdings, what, name = self._holdings, event.what, process.name
        if isinstance(what, events.Fork) and (what.thread or what.shares_files):
            self._threaded |= {name, what.child}
        pipes, files = listed_descriptors(event)
        if files is not None:
            self._unlisted.discard(name)
        elif isinstance(what, events.Exec):
            self._unlisted.add(name)
        is_threaded = name in self._threaded
        is_followed = self._level == "io" and not is_threaded and name not in self._unlisted
        table = process.descriptors_at(index)
        changes: dict[int, Target | None] = {}
        if pipes is not None and not (is_threaded and isinstance(what, events.Fork)):
            # Without `files`, only pipe ends were listed.
            is_whole = files is not None
            ends = (n for n, old in table.targets.items() if is_whole or isinstance(old, PipeEnd))
            changes = {**dict.fromkeys(ends), **dict(files or ()), **dict(pipes)}
        else:
            changes = self._find_changes(index, process, what, is_followed=is_followed)
        is_change = any(target or number in table.targets for number, target in changes.items())
        if pipes or is_change or (table.targets and table.is_followed != is_followed):
            holdings.change(process, index, changes, is_followed=is_followed)
        if isinstance(what, events.Exit) and process.descriptors_at(index).targets:
            holdings.close_all(process, index)

    def _find_changes(
        self, index: int, process: ProcessLife, what: events.What, *, is_followed: bool
    ) -> dict[int, Target | None]:
        """Return the new targets of the descriptors that a call changed; None for closed."""
        targets = process.descriptors_at(index).targets
        match what:
            case events.Pipe():
                self._holdings.note_pipe(process, index, what, is_followed=is_followed)
            case events.Dup():
                if not what.errno and what.newfd >= 0:
                    # If closes are not recorded, the old number may have another target by now.
                    return {what.newfd: targets.get(what.oldfd) if is_followed else None}
            case events.Close():
                return {what.fd: None}
            case events.Open():
                if what.fd >= 0:
                    return {what.fd: what.file or File(what.path)}
            case events.Unfinished():
                if what.file:
                    return {what.fd: what.file}
            case events.Read() | events.Write():
                if what.file:
                    return {what.fd: what.file}
                known = targets.get(what.fd)
                is_known = isinstance(known, PipeEnd) and known.inode == what.pipe
                if what.pipe and not what.errno and not is_known:
                    # The descriptor may have come through a socket, without a recorded call.
                    is_read = isinstance(what, events.Read)
                    return {what.fd: PipeEnd(what.pipe, "r" if is_read else "w")}
            case (
                events.LifeEvent() | events.SignalEvent() | events.GroupEvent()
                | events.SilentEvent() | events.Rest() | events.PlainEvent()
            ):  # fmt: skip
                pass
        return {}

    def _next_child(self, parent: str) -> str:
        """Return the name of the next child, if the recording has none."""
        number = self._births.get(parent, 0) + 1
        while child_name(parent, number) in self._processes:
            number += 1
        self._births[parent] = number
        return child_name(parent, number)

    def _begin_life(self, process: ProcessLife) -> ProcessLife:
        process.label = escaped(process.name)
        process.intervals.append(Interval(THERE, process.birth))
        self._processes[process.name] = self._by_pid[process.pid] = process
        self._bearers.setdefault(process.pid, []).append(process)
        return process

    def _become(self, process: ProcessLife, state: LifeState | None, index: int) -> None:
        """Begin a new state of a process at this event; None ends its life."""
        last = process.intervals[-1]
        if last.state == state and last.end is None:
            return
        if last.begin == index and len(process.intervals) > 1:
            process.intervals.pop()
        elif last.end is None:
            last.end = index
        if state is not None:
            process.intervals.append(Interval(state, index))

    def _fork(self, index: int, process: ProcessLife, event: Event, what: events.Fork) -> None:
        next_name, parent = self._next_child(process.name), what.parent or Member(process.name)
        child = ProcessLife(what.child or next_name, what.child_pid, parent, index)
        self._begin_life(child)
        if process.programs:
            inherited = process.programs[-1]
            child.programs.append(ProgramRun(index, inherited.name, inherited.argv, is_copy=True))
        # The maker's other threads may have changed the table since.
        table, (pipes, files) = process.descriptors_at(index), listed_descriptors(event)
        copied: dict[int, Target | None] = {**dict(pipes or ()), **dict(files or ())}
        copied = copied or {
            number: target
            for number, target in table.targets.items()
            if table.evidence(number, index) != UNWATCHED
        }
        if copied:
            is_followed = self._level == "io" and not what.shares_files
            self._holdings.change(child, index, copied, is_followed=is_followed)

    def _confirm_waits(self, mover: ProcessLife | None) -> None:
        """Record each wait during which another process acts as a state of the waiter."""
        for name, begin in list(self._pending_waits.items()):
            waiter = self._processes[name]
            if waiter is not mover and waiter.intervals[-1].state == THERE:
                waiter.intervals[-1].end = begin
                waiter.intervals.append(Interval(WAITING, begin))
                if waiter.intervals[-2].begin == begin:
                    del waiter.intervals[-2]
                del self._pending_waits[name]

    def _reap(self, index: int, what: events.Reap) -> None:
        child = self._processes.get(what.child) or self._by_pid.get(what.child_pid)
        if child is not None and child.reap is None:
            child.reap, child.collector = index, what.by
            self._become(child, None, index)
            if isinstance(what.by, Kernel) and child.intervals[-1].state == ZOMBIE:
                # The child was never a zombie, because its parent did not have to wait.
                child.intervals.pop()
            if self._by_pid.get(child.pid) is child:
                del self._by_pid[child.pid]

    def _rest(self, index: int, event: Event, what: events.Rest) -> None:
        """Record that all processes are asleep."""
        root = next(iter(self._processes.values()), None)
        self._owners.append(root.name if root is not None else "")
        self._links.take(index, event, root)
        self._confirm_waits(None)
        for name, _ in what.waiting:
            self._sleep(name, index)
        for name, _ in what.wakes:
            process = self._processes.get(name)
            if process is not None and process.intervals[-1].state == ASLEEP:
                # A timer makes no event; it may expire before the next event.
                self._become(process, THERE, index + 1)

    def _sleep(self, name: str, index: int) -> None:
        """Record that a process was found asleep."""
        process = self._processes.get(name)
        if process is not None and process.intervals[-1].state == THERE:
            self._become(process, ASLEEP, index)


def _end_sleeps_at_causes(process: ProcessLife, causes: VectorClocks) -> None:
    """End each sleep at the event that caused the process's next step."""
    for position, interval in enumerate(process.intervals):
        if interval.state == ASLEEP and interval.end is not None:
            woken = max((*causes.direct(interval.end), interval.begin))
            if woken > interval.begin:
                process.intervals.insert(position + 1, Interval(THERE, woken, interval.end))
                interval.end = woken


class EdgeFinder:
    """Finds the causal edges between the processes of a run."""

    def __init__(self, holdings: DescriptorHistory) -> None:
        self.edges: list[CausalEdge] = []
        self.chains: list[int] = []
        """The chain of each event; events of one chain are ordered."""
        self._holdings = holdings
        self._numbers: dict[tuple[str, int], int] = {}
        self._of_process: dict[str, list[int]] = {}
        self._last: dict[int, int] = {}
        self._births: dict[int, int] = {}
        self._borrowers: dict[int, int] = {}
        """By chain, the vfork child that the chain waits for."""
        self._given_back: dict[int, int] = {}
        """By chain, the exec of its vfork child, which gave the memory back."""
        self._broken: dict[int, PipeEnd] = {}
        """By chain, the pipe without readers that its last step wrote to."""
        self._exits: dict[int, int] = {}
        self._halts: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self._gone: dict[int, list[int]] = {}
        """By parent, the ends of children that needed no wait."""
        self._sends: dict[tuple[int, int], dict[int, list[int]]] = {}
        """By signal and target, then by sender: sendings without a delivery so far."""
        self._group_sends: dict[tuple[int, int], int] = {}
        """By sender and signal, the last sending to a group."""
        self._latest_send: dict[tuple[int, int], int] = {}
        self._delivered: dict[tuple[int, int], list[int]] = {}
        """By pid and signal, the sendings of the last delivery; empty if sent from outside."""
        self._in_pipe: dict[str, deque[tuple[int, int, str]]] = {}
        self.unrecorded: set[str] = set()
        """The inodes of pipes whose reads returned data that no recorded write had written."""

    def take(self, index: int, event: Event, process: ProcessLife | None) -> None:
        """Add the causes of this event, before it changes anything."""
        chain = self._chain(index, event, process)
        self.chains.append(chain)
        if self._borrowers.get(chain) in self._exits:
            self._link(Link.VFORK, self._exits[self._borrowers.pop(chain)], index)
        self._link(Link.VFORK, self._given_back.pop(chain, None), index)
        self._find(index, event)
        self._last[chain] = index

    def after(self, index: int, event: Event, process: ProcessLife) -> None:
        """Store what this event may cause."""
        what = event.what
        match what:
            case events.Fork():
                self._births[what.child_pid] = index
                self._exits.pop(what.child_pid, None)
                if not what.thread and not what.parent:
                    self._parents[what.child_pid] = event.pid
                if what.syscall == "vfork":
                    self._borrowers[self.chains[index]] = what.child_pid
            case events.Exit():
                self._exits[process.pid] = index
            case events.Stop() | events.Continue():
                self._halts[process.pid] = index
            case events.SignalSend():
                if not what.errno:
                    self._note_sending(index, event.pid, what)
            case events.Write():
                if what.pipe and what.count > 0:
                    written = self._in_pipe.setdefault(what.pipe, deque())
                    written.append((index, what.count, what.text))
            case (
                events.Start() | events.Exec() | events.ExecError() | events.ThreadExit()
                | events.Wait() | events.WaitReturn() | events.Reap() | events.Reparent()
                | events.SignalDeliver() | events.GroupEvent() | events.Pipe() | events.Open()
                | events.Dup() | events.Close() | events.Read() | events.SilentEvent()
                | events.Rest() | events.Unfinished() | events.PlainEvent()
            ):  # fmt: skip
                pass

    def _note_sending(self, index: int, sender: int, what: events.SignalSend) -> None:
        if what.target > 0:
            senders = self._sends.setdefault((what.signal, what.target), {})
            senders.setdefault(sender, []).append(index)
        else:
            self._group_sends[sender, what.signal] = index
        self._latest_send[what.target, what.signal] = index

    def _chain(self, index: int, event: Event, process: ProcessLife | None) -> int:
        owner = process.name if process is not None else f"pid {event.pid}"
        what = event.what
        is_ineffective = isinstance(what, events.SignalDeliver) and what.effect != ""
        if is_ineffective or isinstance(what, events.Reparent):
            # The event happens to the process, independently of its program's steps.
            return self._numbers.setdefault((f"{owner} passive", index), len(self._numbers))
        key = (owner, event.tid)
        is_new = key not in self._numbers
        chain = self._numbers.setdefault(key, len(self._numbers))
        if is_new:
            self._of_process.setdefault(owner, []).append(chain)
            birth = self._births.pop(event.tid or event.pid, None)
            if birth is not None:
                self._link(Link.FORK, birth, index)
        return chain

    def _link(self, kind: Link, source: int | None, target: int) -> None:
        if source is not None and source < target:
            self.edges.append(CausalEdge(kind, source, target))

    def _find(self, index: int, event: Event) -> None:
        """Add the edges to an event from its causes."""
        what, pid = event.what, event.pid
        match what:
            case events.WaitReturn():
                self._wait_return(index, pid, what)
            case events.Reap():
                self._note_reap(index, what)
            case events.Reparent():
                self._link(Link.ADOPTION, self._exits.get(what.old_ppid), index)
            case events.Exec():
                self._end_borrowing(index, pid)
            case events.Exit():
                self._note_end(index, event, what)
            case events.Read() | events.Write():
                self._transfer(index, what)
            case events.Rest():
                self._link_all(Link.REST, [*self._last.values()], index)
            case events.SignalDeliver():
                self._deliver(index, pid, what)
            case events.Stop():
                self._take_effect(index, pid, what.signal)
            case events.Continue():
                self._note_continuation(index, pid)
            case events.Call():
                result = None if what.begins else what.result
                if what.name == "rt_sigtimedwait" and isinstance(result, int):
                    self._link(Link.SIGNAL, self._taken(pid, result), index)
            case (
                events.Start() | events.Fork() | events.ExecError() | events.ThreadExit()
                | events.Wait() | events.SignalSend()
                | events.GroupEvent() | events.Pipe() | events.Open() | events.Dup()
                | events.Close() | events.SilentEvent() | events.Unfinished()
                | events.PlainEvent()
            ):  # fmt: skip
                pass

    def _link_all(self, kind: Link, sources: Sequence[int | None], target: int) -> None:
        for source in sources:
            self._link(kind, source, target)

    def _end_borrowing(self, index: int, pid: int) -> None:
        # The process has its own memory now, so its end does not resume its parent.
        lenders = [chain for chain, user in self._borrowers.items() if user == pid]
        for chain in lenders:
            del self._borrowers[chain]
            self._given_back[chain] = index

    def _note_end(self, index: int, event: Event, what: events.Exit) -> None:
        self._take_effect(index, event.pid, killing_signal(what.status))
        # All threads end with the process.
        others = [c for c in self._of_process.get(event.proc, ()) if c != self.chains[index]]
        self._link_all(Link.THREAD, [*map(self._last.get, others)], index)

    def _note_reap(self, index: int, what: events.Reap) -> None:
        self._link(Link.REAP, self._exits.get(what.child_pid), index)
        self._births.pop(what.child_pid, None)
        parent = self._parents.pop(what.child_pid, None)
        if isinstance(what.by, Kernel) and parent is not None:
            self._gone.setdefault(parent, []).append(index)

    def _note_continuation(self, index: int, pid: int) -> None:
        # SIGCONT resumes a process when it is sent, before it is delivered.
        sent = self._latest_send.get((pid, SIGCONT), -1)
        if sent > self._halts.get(pid, -1):
            self._link(Link.SIGNAL, sent, index)

    def _wait_return(self, index: int, pid: int, what: events.WaitReturn) -> None:
        if what.errno == ECHILD:
            # The wait would have blocked if one of them had been alive.
            self._link_all(Link.STATUS, self._gone.get(pid, ()), index)
        if what.child_pid > 0:
            # The status may not have been requested; a child that has ended has no other changes.
            is_ended = what.child_pid in self._exits
            has_ended = is_ended if what.status is None else is_end(what.status)
            kind, table = (Link.STATUS, self._exits) if has_ended else (Link.NEWS, self._halts)
            self._link(kind, table.get(what.child_pid), index)

    def _take_effect(self, index: int, pid: int, signal: int) -> None:
        """Add the edge to an end or a stop by a signal; only SIGKILL has no recorded delivery."""
        sent = self._latest_send.get((pid, signal))
        latest = [] if sent is None else [sent]
        self._link_all(Link.SIGNAL, self._delivered.pop((pid, signal), latest), index)

    def _deliver(self, index: int, pid: int, what: events.SignalDeliver) -> None:
        if what.signal == SIGCHLD and what.sender:
            latest = max(self._exits.get(what.sender, -1), self._halts.get(what.sender, -1))
            self._link(Link.NEWS, latest if latest >= 0 else None, index)
            return
        # Several sendings of one signal may become one delivery.
        sends = self._sends.get((what.signal, pid), {})
        sources = sends.pop(what.sender, [])
        if not what.sender and what.si_code in events.SENT_CODES and len(sends) == 1:
            # The sender has no pid in the receiver's PID namespace.
            sources = sends.popitem()[1]
        # A sending to a group stays, for its other members.
        sent_to_group = self._group_sends.get((what.sender, what.signal))
        if not sources and sent_to_group is not None:
            sources = [sent_to_group]
        self._delivered[pid, what.signal] = sources
        self._link_all(Link.SIGNAL, sources, index)
        if not sources and what.signal == SIGPIPE and what.sender == pid:
            # The kernel sends it because of the write before.
            end = self._broken.pop(self.chains[index], None)
            self._link_to_closes(Link.BROKEN_PIPE, end, index)

    def _taken(self, pid: int, signal: int) -> int | None:
        """Remove the sendings of a signal taken by sigwait; return the first.

        The first one made the signal pending. The others may have come later, so they are not
        certain causes.
        """
        senders = self._sends.pop((signal, pid), {}).values()
        return min((index for sendings in senders for index in sendings), default=None)

    def _transfer(self, index: int, what: events.Read | events.Write) -> None:
        if isinstance(what, events.Write):
            if what.errno == EPIPE:
                # SIGPIPE comes right after the write.
                end = self._broken[self.chains[index]] = PipeEnd(what.pipe, "r")
                self._link_to_closes(Link.BROKEN_PIPE, end, index)
            return
        if not what.pipe:
            return
        if what.count == 0:
            # All write ends must have been closed before.
            self._link_to_closes(Link.END_OF_FILE, PipeEnd(what.pipe, "w"), index)
        # The writes whose data was read.
        queue, count, text = self._in_pipe.get(what.pipe), what.count, what.text
        while queue and count > 0:
            source, available, written = queue.popleft()
            self._link(Link.DATA, source, index)
            taken = min(available, count)
            # If the texts are complete and ASCII, a difference means that another write is missing.
            is_known = len(written) == available and len(text) == count and text.isascii()
            if is_known and written[:taken] != text[:taken]:
                self.unrecorded.add(what.pipe)
            count, text = count - taken, text[taken:]
            if taken < available:
                queue.appendleft((source, available - taken, written[taken:]))
        if count > 0:
            self.unrecorded.add(what.pipe)

    def _link_to_closes(self, kind: Link, end: PipeEnd | None, index: int) -> None:
        closes = self._holdings.last_closes.get(end, {}) if end is not None else {}
        for source in closes.values():
            if self.chains[source] != self.chains[index]:
                self._link(kind, source, index)
