"""The model of a run: processes, states, pipes, and the order of events.

A moment is an index into the run's events: the state at `index` is the state right after that
event. An interval that has not ended has None as its end.

Every fact is *seen* (by an event, or by reading /proc at that moment), *inferred* by a rule that is
named here, or *not watched*. Drawings claim nothing else; `tests/trace/lie_detector.py` lists and
judges their claims.
"""

from __future__ import annotations

from _bisect import bisect_right
from collections import Counter
from enum import Enum

from simpsh.base import events
from simpsh.base.events import Event, Pipe, pipe_letter
from simpsh.base.phrases import escaped
from simpsh.base.record import Mutable, Record, fresh
from simpsh.base.signal_names import SIGPIPE, SIGXFSZ
from simpsh.base.targets import Actor, File, Member, PipeEnd, Target, actor_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Literal

    from simpsh.base.event_kind import Origin, RecordLevel

    Evidence = Literal["seen", "inferred", "not watched"]
    LifeState = Literal["there", "waiting", "asleep", "stopped", "zombie"]

SEEN: Evidence = "seen"
INFERRED: Evidence = "inferred"
UNWATCHED: Evidence = "not watched"
THERE: LifeState = "there"
WAITING: LifeState = "waiting"
ASLEEP: LifeState = "asleep"
STOPPED: LifeState = "stopped"
ZOMBIE: LifeState = "zombie"


STATES: Mapping[LifeState, tuple[Evidence, str]] = {
    THERE: (UNWATCHED, "runs or sleeps"),
    WAITING: (SEEN, "in wait(2)"),
    # A wake-up is an event; from the cause of its next event on, the process may be awake.
    ASLEEP: (INFERRED, "asleep at rest, until woken"),
    STOPPED: (SEEN, "stopped"),
    # The kernel keeps a dead process's entry until a wait returns it.
    ZOMBIE: (INFERRED, "zombie until collected"),
}
"""The states of intervals: their evidence, and their description for a legend."""


class Link(Enum):
    """Why one event comes after another."""

    FORK = "fork"
    REAP = "reap"
    STATUS = "status"
    NEWS = "news"
    SIGNAL = "signal"
    ADOPTION = "adoption"
    DATA = "data"
    END_OF_FILE = "end of file"
    BROKEN_PIPE = "broken pipe"
    VFORK = "vfork"
    REST = "rest"
    THREAD = "thread"


CAUSES = {
    Link.FORK: "fork",
    Link.REAP: "end and collection",
    Link.STATUS: "end and wait",
    Link.NEWS: "stop and wait",
    Link.SIGNAL: "signal",
    Link.ADOPTION: "end and adoption",
    Link.DATA: "data through a pipe",
    Link.END_OF_FILE: "last write end given up",
    Link.BROKEN_PIPE: "last read end given up",
}
"""The links that are causes, in words; the others only give the order."""
_KERNEL_NAMES = (SIGPIPE, SIGXFSZ)
"""The signals that the kernel sends with the receiver as si_pid."""


def shows_run(what: events.What) -> bool:
    """Return whether an event is a process's own step, which shows that it runs."""
    match what:
        case events.Fork():
            return not what.inferred
        case (
            events.Start() | events.SignalDeliver() | events.Stop() | events.Continue()
            | events.Reparent() | events.Reap() | events.Rest() | events.Unfinished()
        ):  # fmt: skip
            # This may happen to a running or a sleeping process.
            return False
        case (
            events.Exec() | events.ExecError() | events.Wait() | events.WaitReturn()
            | events.Exit() | events.ThreadExit() | events.SignalSend()
            | events.GroupEvent() | events.DescriptorEvent()
            | events.SilentEvent() | events.PlainEvent()
        ):  # fmt: skip
            return True


class Interval(Mutable):
    """A part of a process's life in one of the STATES."""

    state: LifeState
    begin: int
    end: int | None = None


class ProgramRun(Record):
    """The program of a process from an event on."""

    begin: int
    name: str
    """The program's name without its directory."""
    argv: tuple[str, ...]
    is_copy: bool = False
    """Whether it was inherited by fork."""


class DescriptorTable(Record):
    """The known descriptors of a process from an event on."""

    begin: int
    targets: Mapping[int, Target]
    """By number."""
    shown_at: Mapping[int, int]
    """By number, the event that shows it: a reading of /proc, or the call that made it."""
    is_followed: bool = False
    """Whether all later calls that change pipe ends are recorded."""

    def evidence(self, number: int, index: int) -> str:
        """Return the evidence for a descriptor after the event `index`.

        A descriptor that is not watched was as shown at its `shown_at` event.
        """
        if self.shown_at[number] == index:
            return SEEN
        return INFERRED if self.is_followed else UNWATCHED


_NO_DESCRIPTORS = DescriptorTable(-1, {}, {})


class ProcessLife(Mutable):
    """One process, from birth until it is reaped."""

    name: str
    """Its birth path, such as `P2.1`."""
    pid: int
    parent: Actor | None
    """The parent; None for a process that existed when the recording began."""
    birth: int
    label: str = ""
    """The displayed name, escaped."""
    intervals: list[Interval] = fresh(list)
    programs: list[ProgramRun] = fresh(list)
    exit: int | None = None
    status: int | None = None
    """The status word with which it ended."""
    reap: int | None = None
    collector: Actor | None = None
    """The actor that collected it; None if it was not seen, or the process still exists."""
    thread_ends: list[int] = fresh(list)
    """The events at which a thread ended while the process continued."""
    adoptions: list[tuple[int, Actor]] = fresh(list)
    """The events of its adoptions, and the adopters."""
    tables: list[DescriptorTable] = fresh(list)
    """Its descriptors after each event that changed or showed them."""

    def state_at(self, index: int) -> LifeState | Literal[""]:
        """Return the state after an event; empty before its birth and after its end."""
        position = bisect_right(self.intervals, index, key=lambda interval: interval.begin) - 1
        if position < 0:
            return ""
        interval = self.intervals[position]
        return interval.state if interval.end is None or index < interval.end else ""

    def program_at(self, index: int) -> ProgramRun | None:
        """Return its program after an event; None before its birth."""
        position = bisect_right(self.programs, index, key=lambda program: program.begin) - 1
        return self.programs[position] if position >= 0 else None

    def descriptors_at(self, index: int) -> DescriptorTable:
        """Return its known descriptors after an event."""
        position = bisect_right(self.tables, index, key=lambda table: table.begin) - 1
        return self.tables[position] if position >= 0 else _NO_DESCRIPTORS

    def table_at(self, index: int) -> Mapping[int, Target]:
        """Return its descriptors after an event, by number."""
        return self.descriptors_at(index).targets

    def had_end_before(self, index: int) -> bool:
        """Return whether it, or a thread of it, had ended before the event."""
        ends = self.thread_ends if self.exit is None else (*self.thread_ends, self.exit)
        return min(ends, default=index) < index

    def parent_at(self, index: int) -> Actor | None:
        """Return its parent or adopter after an event."""
        earlier = (adopter for moment, adopter in reversed(self.adoptions) if moment <= index)
        return next(earlier, self.parent)


class PipeLife(Mutable):
    """One pipe, identified by the inode of its two ends."""

    inode: str
    name: str
    """A letter; empty for a pipe that came from outside."""
    made: int
    """The event at which it was first seen."""
    maker: str = ""
    """The name of the process that made it, if that was seen."""


class CausalEdge(Record):
    """An event, and a later one that must come after it."""

    kind: Link
    source: int
    target: int


class Chronicle(Mutable):
    """The model of a run."""

    events: Sequence[Event]
    level: RecordLevel
    """The level of the recording: events, calls, io; empty if unknown."""
    processes: dict[str, ProcessLife]
    """By name, in order of birth."""
    owners: list[str]
    """The process of each event, by name; empty for an outsider."""
    pipes: dict[str, PipeLife]
    """By inode, in order of appearance."""
    edges: list[CausalEdge]
    """The edges; the order of events within one process is left out."""
    edges_into: Mapping[int, list[CausalEdge]]
    causes: VectorClocks
    bearers: dict[int, list[ProcessLife]] = fresh(dict)
    """By pid: the processes that have had it, in order of birth."""
    sources: Mapping[str, str] = fresh(dict)
    """The source files that events name in `at`, by path."""
    unrecorded: set[str] = fresh(set)
    """The inodes of pipes with data that came or went without a recorded write or read."""

    def process_of(self, index: int) -> ProcessLife | None:
        """Return the process of an event; None for an outsider."""
        return self.processes.get(self.owners[index])

    def bearer(self, pid: int, index: int) -> ProcessLife | None:
        """Return the process that had a pid at the time of an event; None for an outsider."""
        bearers = reversed(self.bearers.get(pid, []))
        return next((process for process in bearers if process.birth <= index), None)

    def causes_of(self, index: int) -> list[CausalEdge]:
        """Return the recorded causes of an event in other processes."""
        event = self.events[index]
        return [
            edge
            for edge in self.edges_into.get(index, ())
            if edge.kind in CAUSES
            and self.owners[edge.source] != self.owners[index]
            # If some writes were not recorded, it is unknown which write brought the data.
            and not (edge.kind is Link.DATA and getattr(event.what, "pipe", "") in self.unrecorded)
        ]

    def origin_of(self, index: int) -> tuple[Origin, int]:
        """Return where a delivered signal came from: a process, by pid, or an event, by index.

        A process counts as the sender if its call of kill(2) was recorded. If calls were not
        watched, the signal's siginfo_t also counts, unless the kernel itself would have named this
        process.
        """
        what = self.events[index].what
        if not isinstance(what, events.SignalDeliver):
            return "", 0
        for edge in self.edges_into.get(index, ()):
            if edge.kind is Link.SIGNAL:
                return "process", self.events[edge.source].pid
            if edge.kind is Link.NEWS:
                return "event", edge.source
        if what.si_code not in events.SENT_CODES:
            return "kernel", 0
        sender = self.bearer(what.sender, index)
        if sender is None:
            return ("process", what.sender) if what.sender else ("", 0)
        is_own = what.signal in _KERNEL_NAMES and sender.name == self.owners[index]
        if self.level in ("calls", "io"):
            return ("kernel", 0) if is_own else ("", 0)
        # SI_USER: the end of a parent, or of one of its threads, sends PR_SET_PDEATHSIG's signal.
        is_parent = Member(sender.name) == self.processes[self.owners[index]].parent
        is_certain = what.si_code or not (is_own or (is_parent and sender.had_end_before(index)))
        return ("process", sender.pid) if is_certain else ("", 0)

    def pipe_name(self, inode: str) -> str:
        """Return a pipe's letter; empty if it is unknown or came from outside."""
        pipe = self.pipes.get(inode)
        return pipe.name if pipe is not None else ""

    def target_words(self, target: Target) -> str:
        """Return the target of a descriptor in words.

        >>> empty = Chronicle([], "io", {}, [], {}, [], {}, VectorClocks([], []))
        >>> empty.target_words(PipeEnd("77", "w")), empty.target_words(File("draft w"))
        ('write end of a pipe from outside', 'draft w')
        """
        if isinstance(target, File):
            return target.path
        name = self.pipe_name(target.inode)
        end = "write" if target.is_write else "read"
        return f"{end} end of {f'pipe {name}' if name else 'a pipe from outside'}"

    def target_before(self, index: int, number: int) -> Target | None:
        """Return the target of a descriptor before an event of its process; None for closed."""
        process = self.process_of(index)
        return process.table_at(index - 1).get(number) if process is not None else None

    def before(self, first: int, second: int) -> bool:
        """Return whether one event must have come before another, by any chain of causes."""
        return self.causes.before(first, second)

    def holders(self, end: PipeEnd, index: int) -> list[tuple[str, tuple[int, ...]]]:
        """Return the holders of an end of a pipe after an event, with descriptors."""
        holders = []
        for process in self.processes.values():
            numbers = tuple(
                number for number, target in process.table_at(index).items() if target == end
            )
            if numbers:
                holders.append((process.name, numbers))
        return holders

    def label(self, actor: Actor | str) -> str:
        """Return the displayed name of an actor; a text is the name of a process of the run."""
        name = actor.name if isinstance(actor, Member) else actor
        process = self.processes.get(name) if isinstance(name, str) else None
        return process.label if process is not None else escaped(actor_words(actor))


_NOTHING: Mapping[int, int] = {}


class VectorClocks:
    """The order of events, from program order within chains and the edges between them.

    Each event knows the last preceding event of every chain. An event precedes another if the other
    knows it; if neither knows the other, they are unordered: their order in the recording is
    chance. Edges are pairs of indices, the cause first.
    """

    def __init__(self, chains: Sequence[int], edges: Iterable[tuple[int, int]]) -> None:
        self._chains = chains
        self._clocks: list[Mapping[int, int]] = []
        self._causes: dict[int, list[int]] = {}
        for source, target in edges:
            if source < target:
                self._causes.setdefault(target, []).append(source)

    def before(self, first: int, second: int) -> bool:
        """Return whether the event `first` must have come before the event `second`.

        >>> causes = VectorClocks([0, 0, 1, 1], [(0, 2)])
        >>> causes.before(0, 3), causes.before(1, 3)
        (True, False)
        """
        if first >= second:
            return False
        if self._chains[first] == self._chains[second]:
            return True
        self._clocks = self._clocks or self._compute_clocks()
        return self._clocks[second].get(self._chains[first], -1) >= first

    def direct(self, index: int) -> Sequence[int]:
        """Return the direct causes of an event in other processes."""
        return self._causes.get(index, ())

    def _compute_clocks(self) -> list[Mapping[int, int]]:
        """Return each event's clock: by chain, the last known index. Equal clocks are shared."""
        current: dict[int, Mapping[int, int]] = {}
        clocks: list[Mapping[int, int]] = []
        for index, chain in enumerate(self._chains):
            clock = current.get(chain, _NOTHING)
            for cause in self._causes.get(index, ()):
                joined = dict(clock)
                for name, last in (*clocks[cause].items(), (self._chains[cause], cause)):
                    if last > joined.get(name, -1):
                        joined[name] = last
                clock = joined
            current[chain] = clock
            clocks.append(clock)
        return clocks


class DescriptorHistory:
    """Tracks the descriptors of all processes through a run."""

    def __init__(self) -> None:
        self.pipes: dict[str, PipeLife] = {}
        self._named = 0
        """How many pipes have had a name."""
        self._counts: Counter[PipeEnd] = Counter()
        """How many descriptors have a pipe end."""
        self._own_counts: Counter[tuple[str, PipeEnd]] = Counter()
        """How many of them are those of a process."""
        self.last_closes: dict[PipeEnd, dict[str, int]] = {}
        """By pipe end and process: the event at which the process closed its last such descriptor.
        """

    def note_pipe(self, process: ProcessLife, index: int, pipe: Pipe, *, is_followed: bool) -> None:
        """Record that a process made a pipe."""
        inode = pipe.pipe or f"made at {index}"
        old = self.pipes.get(inode)
        if old is None or old.maker:
            # The inode was reused, so this is another pipe.
            letter = escaped(pipe.name) or pipe_letter(self._named)
            self._named += 1
            self.pipes[inode] = PipeLife(inode, letter, index, process.name)
        read_end, write_end = PipeEnd(inode, "r"), PipeEnd(inode, "w")
        self.last_closes.pop(read_end, None)
        self.last_closes.pop(write_end, None)
        ends = {pipe.read_fd: read_end, pipe.write_fd: write_end}
        self.change(process, index, ends, is_followed=is_followed)

    def change(
        self,
        process: ProcessLife,
        index: int,
        changes: Mapping[int, Target | None],
        *,
        is_followed: bool,
    ) -> None:
        """Change the targets of descriptors; None closes."""
        old = process.descriptors_at(index)
        targets, shown_at = dict(old.targets), dict(old.shown_at)
        # A program may have thousands of descriptors: only those that change are looked at.
        for number, target in changes.items():
            if target is None:
                targets.pop(number, None)
                shown_at.pop(number, None)
            else:
                targets[number] = target
                shown_at[number] = index
        process.tables.append(DescriptorTable(index, targets, shown_at, is_followed))
        for target in changes.values():
            if isinstance(target, PipeEnd):
                self._note_opened(process, index, target)
        for number in changes:
            if isinstance(target := old.targets.get(number), PipeEnd):
                self._note_closed(process, index, target)

    def close_all(self, process: ProcessLife, index: int) -> None:
        """Close the descriptors of a process that ends."""
        held = process.descriptors_at(index).targets
        self.change(process, index, dict.fromkeys(held), is_followed=True)

    def _note_opened(self, process: ProcessLife, index: int, end: PipeEnd) -> None:
        self._counts[end] += 1
        self._own_counts[process.name, end] += 1
        pipe = self.pipes.get(end.inode)
        if pipe is None:
            pipe = self.pipes[end.inode] = PipeLife(end.inode, "", index)
        if not pipe.name and self._counts[end.other]:
            pipe.name = pipe_letter(self._named)
            self._named += 1

    def _note_closed(self, process: ProcessLife, index: int, end: PipeEnd) -> None:
        self._counts[end] -= 1
        self._own_counts[process.name, end] -= 1
        if not self._own_counts[process.name, end]:
            self.last_closes.setdefault(end, {})[process.name] = index
