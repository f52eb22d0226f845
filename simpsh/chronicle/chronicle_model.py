"""The model of a run: its processes, their states, its pipes, and what came before what.

Every moment is an index into the run's events: the state at `index` is the one right after that
event. An interval that has not ended has None for its end.

What the model says is *seen* (an event, or a look at /proc at that moment), *inferred* by a rule
that is named here, or *not watched*. `claims.py` lists all of it.
"""

from __future__ import annotations

from _bisect import bisect_right

from simpsh.base import events
from simpsh.base.events import Event, Pipe, pipe_letter
from simpsh.base.phrases import escaped
from simpsh.base.record import Mutable, Record, fresh
from simpsh.base.signal_names import SIGPIPE, SIGXFSZ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simpsh.base.event_kind import Origin

ENDS = (" r", " w")
"""How the end of a pipe is written behind its inode."""

SEEN, INFERRED, UNWATCHED = "seen", "inferred", "not watched"
"""The kinds of evidence for what the model says."""
THERE, WAITING, ASLEEP, STOPPED, ZOMBIE = "there", "waiting", "asleep", "stopped", "zombie"
RUNNING = "running"
"""Not a state of an interval: at its own step a process is seen to run."""


STATES = {
    THERE: (UNWATCHED, "there: runs or sleeps"),
    WAITING: (SEEN, "in wait(2)"),
    # What could have woken it would be an event; from the cause of its next event on it is there.
    ASLEEP: (INFERRED, "asleep at rest, until woken"),
    STOPPED: (SEEN, "stopped"),
    # The kernel keeps the entry of a dead process until a wait returns it.
    ZOMBIE: (INFERRED, "zombie until collected"),
}
"""The states of intervals: the evidence, and the words for a legend."""

CAUSES = {
    "fork": "fork",
    "reap": "end and collection",
    "status": "end and wait",
    "news": "stop and wait",
    "signal": "signal",
    "adoption": "end and adoption",
    "data": "data through a pipe",
    "room": "room in a pipe",
    "end of file": "last write end given up",
    "broken pipe": "last read end given up",
    "parent's end": "end that PR_SET_PDEATHSIG waited for",
    "orphaned group": "end that orphaned its stopped group",
    "namespace": "end of process 1 of its PID namespace",
}
"""The kinds of edges that are causes, in words; the others only say what came first."""
_OF_OTHERS = (
    *(events.Start, events.SignalDeliver, events.Stop, events.Continue, events.Reparent),
    *(events.Reap, events.Rest, events.Unfinished),
)
"""What happens to a process, whether it runs or sleeps."""
_KERNEL_NAMES = (SIGPIPE, SIGXFSZ)
"""The signals that the kernel sends in the name of their receiver."""


def shows_run(what: events.What) -> bool:
    """Return whether an event is a step that its process itself makes, and so runs."""
    is_concluded = isinstance(what, events.Fork) and what.inferred
    return not is_concluded and not isinstance(what, _OF_OTHERS)


class Interval(Mutable):
    """A stretch of a process's life in one of the STATES."""

    state: str
    begin: int
    end: int | None = None


class ProgramRun(Record):
    """What a process runs from an event on."""

    begin: int
    name: str
    """The program's name without its directory."""
    argv: tuple[str, ...]
    is_copy: bool = False
    """Whether it came by fork: a copy of the parent's, not a program of its own yet."""


class DescriptorTable(Record):
    """What is known of a process's descriptors from an event on."""

    begin: int
    targets: Mapping[int, str]
    """By number; a pipe end is `INODE r` or `INODE w`."""
    known: Mapping[int, int]
    """By number, the event at which it was so: a look at /proc, or the call that made it so."""
    is_followed: bool = False
    """Whether each call that could have changed a pipe end since then would be an event."""

    def evidence(self, number: int, index: int) -> str:
        """Return the evidence that a descriptor is so after the event `index`.

        Not watched is not unknown: it was so at its `known` event.
        """
        if self.known[number] == index:
            return SEEN
        return INFERRED if self.is_followed else UNWATCHED


_NO_DESCRIPTORS = DescriptorTable(-1, {}, {})


class ProcessLife(Mutable):
    """One process, from birth until it is collected."""

    name: str
    """Its birth path, such as `P2.1`."""
    pid: int
    parent: str
    """The parent's name; empty for a process that was there when the recording began."""
    birth: int
    label: str = ""
    """The name as people are shown it, escaped."""
    intervals: list[Interval] = fresh(list)
    programs: list[ProgramRun] = fresh(list)
    exit: int | None = None
    status: int | None = None
    """The status word it ended with."""
    reap: int | None = None
    collector: str = ""
    """Who collected it, by name; `init`, `simpsh` or `kernel` from outside."""
    thread_ends: list[int] = fresh(list)
    """When a thread of it ended, and it lived on."""
    adoptions: list[tuple[int, str]] = fresh(list)
    """When it was adopted, and by whom."""
    tables: list[DescriptorTable] = fresh(list)
    """Its descriptors after the events that changed or showed them."""

    def state_at(self, index: int) -> str:
        """Return the state after the event; empty before its birth and after its end."""
        place = bisect_right(self.intervals, index, key=lambda interval: interval.begin) - 1
        if place < 0:
            return ""
        interval = self.intervals[place]
        return interval.state if interval.end is None or index < interval.end else ""

    def program_at(self, index: int) -> ProgramRun | None:
        """Return what it runs after the event; None before its birth."""
        place = bisect_right(self.programs, index, key=lambda program: program.begin) - 1
        return self.programs[place] if place >= 0 else None

    def descriptors_at(self, index: int) -> DescriptorTable:
        """Return what is known of its descriptors after the event."""
        place = bisect_right(self.tables, index, key=lambda table: table.begin) - 1
        return self.tables[place] if place >= 0 else _NO_DESCRIPTORS

    def table_at(self, index: int) -> Mapping[int, str]:
        """Return its descriptors after the event, by number."""
        return self.descriptors_at(index).targets

    def had_end_before(self, index: int) -> bool:
        """Return whether it, or a thread of it, had ended before the event."""
        ends = self.thread_ends if self.exit is None else (*self.thread_ends, self.exit)
        return min(ends, default=index) < index

    def parent_at(self, index: int) -> str:
        """Return the name of its parent, or of its adopter, after the event."""
        earlier = (adopter for moment, adopter in reversed(self.adoptions) if moment <= index)
        return next(earlier, self.parent)


class PipeLife(Mutable):
    """One pipe, by the inode that its two ends share."""

    inode: str
    name: str
    """A letter; empty for a pipe that came from outside."""
    made: int
    """The event at which it was first seen."""
    maker: str = ""
    """The name of the process that made it, where that was seen."""


class CausalEdge(Record):
    """One event that could not have come before another."""

    kind: str
    """fork, reap, signal, data, end of file, adoption, stop, rest, …"""
    source: int
    target: int


class Chronicle(Mutable):
    """A run, understood."""

    events: Sequence[Event]
    level: str
    """The level it was recorded at: events, calls, io; empty if not known."""
    processes: dict[str, ProcessLife]
    """By name, in order of birth."""
    owners: list[str]
    """The process of each event, by name; empty for one outside the family."""
    pipes: dict[str, PipeLife]
    """By inode, in order of appearance."""
    edges: list[CausalEdge]
    """Without the order within one process."""
    edges_into: Mapping[int, list[CausalEdge]]
    """The same, by target."""
    causes: VectorClocks
    bearers: dict[int, list[ProcessLife]] = fresh(dict)
    """By pid: the processes that have had it, in order of birth."""
    sources: Mapping[str, str] = fresh(dict)
    """The text of each source file that an event's `at` names, by path; for showing it."""
    unrecorded: set[str] = fresh(set)
    """The pipes, by inode, that bytes came into or went out of by no recorded write or read."""
    is_cut_short: bool = False
    """Whether the recording has no end: what came after its last event was not watched."""

    @property
    def shows_all_causes(self) -> bool:
        """Whether enough was recorded to say of two events that neither caused the other."""
        return self.level == "io"

    def process_of(self, index: int) -> ProcessLife | None:
        """Return the process of an event; None for one outside the family."""
        return self.processes.get(self.owners[index])

    def bearer(self, pid: int, index: int) -> ProcessLife | None:
        """Return the process that had a pid at the time of an event; None for an outsider."""
        bearers = reversed(self.bearers.get(pid, []))
        return next((process for process in bearers if process.birth <= index), None)

    def state_of(self, process: ProcessLife, index: int) -> str:
        """Return a process's state after an event, RUNNING where the event is a step of its own."""
        state = process.state_at(index)
        is_own = self.owners[index] == process.name and shows_run(self.events[index].what)
        return RUNNING if state == THERE and is_own else state

    def causes_of(self, index: int) -> list[CausalEdge]:
        """Return what caused an event, by other processes' events, as the recording holds it."""
        event = self.events[index]
        return [
            edge
            for edge in self.edges_into.get(index, ())
            if edge.kind in CAUSES
            and self.owners[edge.source] != self.owners[index]
            # Where other writes brought data, too, which of them brought this is not known.
            and not (edge.kind == "data" and getattr(event.what, "pipe", "") in self.unrecorded)
        ]

    def origin_of(self, index: int) -> tuple[Origin, int]:
        """Return where a delivered signal came from: a process, by pid, or an event, by index.

        Only a recorded call of kill(2) makes a process the sender, or the signal's siginfo_t if
        calls were not watched and the kernel would not have named this process by itself.
        """
        what = self.events[index].what
        if not isinstance(what, events.SignalDeliver):
            return "", 0
        for edge in self.edges_into.get(index, ()):
            if edge.kind == "signal":
                return "process", self.events[edge.source].pid
            if edge.kind in ("news", "parent's end", "orphaned group"):
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
        is_parent = sender.name == self.processes[self.owners[index]].parent
        is_certain = what.si_code or not (is_own or (is_parent and sender.had_end_before(index)))
        return ("process", sender.pid) if is_certain else ("", 0)

    def pipe_name(self, inode: str) -> str:
        """Return a pipe's letter; empty for one that is not known or came from outside."""
        pipe = self.pipes.get(inode)
        return pipe.name if pipe is not None else ""

    def target_words(self, target: str) -> str:
        """Return where a descriptor leads, for people.

        >>> Chronicle([], "io", {}, [], {}, [], {}, VectorClocks([], [])).target_words("77 w")
        'write end of a pipe from outside'
        """
        if target[-2:] not in ENDS:
            return target
        name = self.pipe_name(target[:-2])
        end = "read" if target.endswith("r") else "write"
        return f"{end} end of {f'pipe {name}' if name else 'a pipe from outside'}"

    def target_before(self, index: int, number: int) -> str:
        """Return what a descriptor of an event's process pointed to before it; empty for closed."""
        process = self.process_of(index)
        return process.table_at(index - 1).get(number, "") if process is not None else ""

    def before(self, first: int, second: int) -> bool:
        """Return whether one event must have come before another, by any chain of causes."""
        return self.causes.before(first, second)

    def holders(self, inode: str, end: str, index: int) -> list[tuple[str, tuple[int, ...]]]:
        """Return who holds an end (`r` or `w`) of a pipe after an event, with descriptors."""
        wanted = f"{inode} {end}"
        holders = []
        for process in self.processes.values():
            numbers = tuple(
                number for number, target in process.table_at(index).items() if target == wanted
            )
            if numbers:
                holders.append((process.name, numbers))
        return holders

    def label(self, name: str) -> str:
        """Return what people are shown for a process's name."""
        process = self.processes.get(name)
        return process.label if process is not None else name


_NOTHING: Mapping[int, int] = {}


class VectorClocks:
    """Answers which of two events came first, from chains of program order and the edges between.

    Every event knows, for each process, the last event of it that must have come before. One
    event is before another exactly if the other knows of it; if neither knows of the other, their
    order in the recording is chance, and they are unordered. Edges are pairs of indices, the cause
    first.
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
        self._clocks = self._clocks or self._found_clocks()
        return self._clocks[second].get(self._chains[first], -1) >= first

    def unordered(self, first: int, second: int) -> bool:
        """Return whether neither of two events must have come before the other."""
        return first != second and not self.before(*sorted((first, second)))

    def direct(self, index: int) -> Sequence[int]:
        """Return the events of other processes that caused this one directly."""
        return self._causes.get(index, ())

    def previous(self, index: int) -> int:
        """Return the event before this one in its chain; -1 for the first."""
        own = self._chains[index]
        return next((i for i in range(index - 1, -1, -1) if self._chains[i] == own), -1)

    def _found_clocks(self) -> list[Mapping[int, int]]:
        """Each event's clock: by chain, the last index known. Equal clocks are shared."""
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
    """Follows the descriptors of all processes through a run."""

    def __init__(self) -> None:
        self.pipes: dict[str, PipeLife] = {}
        self._counts: dict[str, int] = {}
        self.given_up: dict[str, dict[str, int]] = {}
        """By end of a pipe, and by process: the event at which it gave up the last of that end."""

    def made(self, process: ProcessLife, index: int, pipe: Pipe, *, is_followed: bool) -> None:
        """Note that a process made a pipe."""
        inode = pipe.pipe or f"made at {index}"
        known = self.pipes.get(inode)
        if known is None or known.maker:
            # An inode is given again once its pipe is gone: this is another pipe.
            others = sum(1 for known in self.pipes.values() if known.name)
            letter = escaped(pipe.name) or pipe_letter(others)
            self.pipes[inode] = PipeLife(inode, letter, index, process.name)
        self.given_up.pop(f"{inode} r", None)
        self.given_up.pop(f"{inode} w", None)
        ends = {pipe.read_fd: f"{inode} r", pipe.write_fd: f"{inode} w"}
        self.changed(process, index, ends, is_followed=is_followed)

    def changed(
        self, process: ProcessLife, index: int, changes: Mapping[int, str], *, is_followed: bool
    ) -> None:
        """Point descriptors somewhere; nowhere for an empty target."""
        old = process.descriptors_at(index)
        now = {**old.targets, **changes}
        targets = {number: target for number, target in now.items() if target}
        known = {number: index if number in changes else old.known[number] for number in targets}
        self.replaced(process, DescriptorTable(index, targets, known, is_followed))

    def replaced(self, process: ProcessLife, table: DescriptorTable) -> None:
        """Make `table` what is known of the process's descriptors."""
        before = process.descriptors_at(table.begin).targets
        process.tables.append(table)
        for target in table.targets.values():
            if target[-2:] in ENDS:
                self._counts[target] = self._counts.get(target, 0) + 1
                inode = target[:-2]
                pipe = self.pipes.get(inode)
                if pipe is None:
                    pipe = self.pipes[inode] = PipeLife(inode, "", table.begin)
                if not pipe.name and all(self._counts.get(f"{inode}{end}") for end in ENDS):
                    pipe.name = pipe_letter(sum(1 for known in self.pipes.values() if known.name))
        for target in before.values():
            if target[-2:] in ENDS:
                self._counts[target] -= 1
        held = set(table.targets.values())
        for target in {target for target in before.values() if target[-2:] in ENDS} - held:
            self.given_up.setdefault(target, {})[process.name] = table.begin
