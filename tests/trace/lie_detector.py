"""Check the claims about a recording of a lower level against a recording of level io.

The truth is derived from the events of level io, not from the model that makes the claims.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from simpsh.base import events
from simpsh.base.event_kind import ENTRIES
from simpsh.base.events import Event, Unknown
from simpsh.base.record import changed
from simpsh.base.targets import Member, PipeEnd, Target
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import (
    ASLEEP,
    INFERRED,
    SEEN,
    STATES,
    STOPPED,
    THERE,
    UNWATCHED,
    WAITING,
    ZOMBIE,
    Chronicle,
    ProcessLife,
    shows_run,
)
from simpsh.trace.recording.recording_file import LEVELS

_LOOKS = ("pipes", "files")
RUNNING = "running"
"""The state that is claimed of a process at its own steps."""
UNKNOWN = "?"
ENDS_OF_OTHERS = {
    "parent's end": (events.Exit, events.ThreadExit),
    "orphaned group": events.Exit,
    "namespace": events.Exit,
}
"""Causes that consist in the end of another process, with the kind of event."""


def level_of(kind: type) -> int:
    """Return the index of the lowest level that records events of `kind`."""
    if kind in (Unknown, events.Rest, events.Call):
        return 2
    levels = [call.level for call in ENTRIES[kind].calls]
    return min((LEVELS.index(level) if level in LEVELS else 2 for level in levels), default=0)


def as_recorded(run: Sequence[Event], level: str) -> tuple[list[Event], list[int]]:
    """Return the events that a lower level would have recorded, and their indexes in the run."""
    lower_run, places = [], []
    for place, event in enumerate(run):
        what = event.what
        if level_of(type(what)) > LEVELS.index(level):
            continue
        if isinstance(what, events.Exit) and level != "io":
            what = changed(what, pipes=None, files=None)
        lower_run.append(changed(event, what=what))
        places.append(place)
    return lower_run, places


class Truth:
    """The facts about a run, derived from its events of level io."""

    def __init__(self, run: Sequence[Event]) -> None:
        self.run = run
        self.chronicle = chronicle_of(run, "io")
        self.edges = {(edge.source, edge.target, edge.kind.value) for edge in self.chronicle.edges}
        self.threaded = {e.proc for e in run if isinstance(e.what, events.Fork) and e.what.thread}
        self.exits = {e.proc: i for i, e in enumerate(run) if isinstance(e.what, events.Exit)}
        self._tables: dict[str, list[tuple[int, dict[int, object]]]] = {}
        inodes = {pipe.name: inode for inode, pipe in self.chronicle.pipes.items()}
        for place, event in enumerate(run):
            self._note(place, event, inodes)

    def _note(self, place: int, event: Event, inodes: dict[str, str]) -> None:
        what, history = event.what, self._tables.setdefault(event.proc, [])
        table = dict(history[-1][1]) if history else {}
        looks = [getattr(what, name, None) for name in _LOOKS]
        if None not in looks and not getattr(what, "thread", False):
            # A fork copies the descriptors, so parent and child have the same descriptors.
            table = {**dict(looks[0]), **dict(looks[1])}
            if isinstance(what, events.Fork):
                self._tables[what.child] = [(place, table)]
        elif isinstance(what, events.Close):
            table[what.fd] = None
        elif isinstance(what, events.Open):
            table[what.fd] = UNKNOWN
        elif isinstance(what, events.Dup) and not what.errno:
            table[what.newfd] = table.get(what.oldfd, UNKNOWN)
        elif isinstance(what, events.Pipe):
            inode = what.pipe if what.pipe.isdecimal() else inodes.get(what.pipe, "")
            table[what.read_fd] = PipeEnd(inode, "r") if inode else UNKNOWN
            table[what.write_fd] = PipeEnd(inode, "w") if inode else UNKNOWN
        elif isinstance(what, events.Read | events.Write | events.Unfinished) and what.file:
            table[what.fd] = what.file
        elif isinstance(what, events.Read | events.Write) and what.pipe and not what.errno:
            # The process may have received the descriptor through a socket.
            table[what.fd] = PipeEnd(what.pipe, "r" if isinstance(what, events.Read) else "w")
        if not history or table != history[-1][1]:
            history.append((place, table))

    def target(self, process: str, number: int, place: int) -> Target | str | None:
        """Return a descriptor's target after an event: None if closed, UNKNOWN for a file that
        open(2) opened."""
        before = [table for begin, table in self._tables.get(process, ()) if begin <= place]
        return before[-1].get(number, UNKNOWN) if before else UNKNOWN

    def acts_between(self, process: str, first: int, last: int) -> list[int]:
        steps = range(first, min(last, len(self.run)))
        return [i for i in steps if self.run[i].proc == process and shows_run(self.run[i].what)]


class Claim(NamedTuple):
    """A claim of the drawings about a run: it holds after the event `begin` and until `end`."""

    kind: str
    process: str
    begin: int
    end: int
    value: str
    evidence: str


def claims_of(chronicle: Chronicle) -> Iterator[Claim]:
    """Yield all claims about a run; a cause is at `begin`, what it causes at `end`."""
    last = len(chronicle.events)
    for name, process in chronicle.processes.items():
        for interval in process.intervals:
            until = last if interval.end is None else interval.end
            evidence, _ = STATES[interval.state]
            yield Claim("state", name, interval.begin, until, interval.state, evidence)
        yield from _claims_about_descriptors(chronicle, process)
        for index, adopter in process.adoptions:
            yield Claim("adoption", name, index, last, adopter, SEEN)
    for index, owner in enumerate(chronicle.owners):
        runner = chronicle.processes.get(owner)
        is_there = runner is not None and runner.state_at(index) == THERE
        if is_there and shows_run(chronicle.events[index].what):
            yield Claim("state", owner, index, index + 1, RUNNING, SEEN)
        for edge in chronicle.causes_of(index):
            yield Claim("cause", owner, edge.source, index, edge.kind.value, INFERRED)
        origin, pid = chronicle.origin_of(index)
        if origin == "process" and (sender := chronicle.bearer(pid, index)) is not None:
            yield Claim("sender", owner, index, index + 1, sender.name, SEEN)


def _claims_about_descriptors(chronicle: Chronicle, process: ProcessLife) -> Iterator[Claim]:
    ends = [table.begin for table in process.tables[1:]] + [len(chronicle.events)]
    for table, until in zip(process.tables, ends, strict=False):
        for number, target in table.targets.items():
            value, begin = f"{number} {chronicle.target_words(target)}", table.begin
            # A fact that was seen at an event is inferred, or not watched, after it.
            moments = [begin, begin + 1] if table.shown_at[number] == begin < until else [begin]
            for first, end in pairwise([*moments, until]):
                if first < end:
                    evidence = table.evidence(number, first)
                    yield Claim("descriptor", process.name, first, end, value, evidence)


def refuted(lower: Chronicle, places: Sequence[int], truth: Truth) -> tuple[list[Claim], Counter]:
    """Return the claims that the truth refutes, and the number of judged claims by kind."""
    lies, judged = [], Counter()
    ends = [*places, len(truth.run)]
    for claim in claims_of(lower):
        if claim.evidence == UNWATCHED:
            continue
        first, last = ends[min(claim.begin, len(places))], ends[min(claim.end, len(places))]
        judge = {
            "state": _state,
            "descriptor": _descriptor,
            "cause": _cause,
            "sender": _sender,
            "adoption": _adoption,
        }[claim.kind]
        verdict = judge(claim, first, last, truth, lower)
        if verdict is not None:
            judged[claim.kind] += 1
            if not verdict:
                lies.append(claim)
    return lies, judged


def _state(claim: Claim, first: int, last: int, truth: Truth, _: Chronicle) -> bool | None:
    if claim.process in truth.threaded:
        # One of its threads may wait while another runs.
        return None
    if claim.value == RUNNING:
        event = truth.run[first]
        return event.proc == claim.process and shows_run(event.what)
    if claim.value == ZOMBIE:
        return truth.exits.get(claim.process, last) <= first and not truth.acts_between(
            claim.process, first + 1, last
        )
    if claim.value in (WAITING, ASLEEP, STOPPED):
        return not truth.acts_between(claim.process, first + 1, last)
    raise AssertionError(f"no rule judges that a process is {claim.value}")


def _cause(claim: Claim, first: int, last: int, truth: Truth, _: Chronicle) -> bool:
    what = truth.run[first].what
    # The birth of a process causes its first step, whichever step a level shows first.
    is_birth = isinstance(what, events.Fork) and what.child == claim.process
    if claim.value == "fork":
        return is_birth and truth.run[last].proc == claim.process
    if claim.value in ENDS_OF_OTHERS and not isinstance(what, ENDS_OF_OTHERS[claim.value]):
        return False
    return (first, last, claim.value) in truth.edges


def _sender(claim: Claim, first: int, _last: int, truth: Truth, _: Chronicle) -> bool:
    """Return whether this process sent the signal to the receiver before the delivery."""
    receiver = truth.run[first]
    return any(
        event.proc == claim.value
        and isinstance(event.what, events.SignalSend)
        and not event.what.errno
        and event.what.signal == receiver.what.signal
        and (event.what.target <= 0 or event.what.target == receiver.pid)
        for event in truth.run[:first]
    )


def _descriptor(claim: Claim, first: int, last: int, truth: Truth, lower: Chronicle) -> bool | None:
    if claim.process in truth.threaded:
        # One thread may open a descriptor that another is about to copy.
        return None
    number = int(claim.value.split()[0])
    target = lower.processes[claim.process].table_at(claim.begin)[number]
    # A claim that was seen holds at one moment, an inferred claim for a range of events.
    moments = [first] if claim.evidence == SEEN else range(first, last)
    targets = {truth.target(claim.process, number, place) for place in moments} - {UNKNOWN}
    return targets == {target} if targets else None


def _adoption(claim: Claim, first: int, _last: int, truth: Truth, _: Chronicle) -> bool:
    event = truth.run[first]
    old = truth.chronicle.processes[claim.process].parent
    is_orphan = isinstance(old, Member) and truth.exits.get(old.name, first + 1) <= first
    return isinstance(event.what, events.Reparent) and event.proc == claim.process and is_orphan


def judged_at_lower_levels(run: Sequence[Event]) -> tuple[list[str], Counter]:
    """Return the refuted claims of each level's view of a run recorded at level io, with counts."""
    truth, lies, judged = Truth(run), [], Counter()
    for level in LEVELS:
        lower_run, places = as_recorded(run, level)
        found, counts = refuted(chronicle_of(lower_run, level), places, truth)
        lies += [f"{level}: {claim}" for claim in found]
        judged += counts
    return lies, judged


def claims_by_moment(run: Sequence[Event], level: str) -> dict[tuple[str, str, int], object]:
    """Return the claims at each step that is recorded at every level, by process, kind and number.

    These keys match in two runs of a deterministic program with different schedules.
    """
    chronicle = chronicle_of(run, level)
    numbers: Counter = Counter()
    moments: dict[tuple[str, str, int], object] = {}
    for place, event in enumerate(run):
        if isinstance(event.what, events.Fork | events.Exec | events.Exit | events.Reparent):
            name = type(event.what).__name__
            numbers[event.proc, name] += 1
            process = chronicle.processes[event.proc]
            table = process.descriptors_at(place)
            held = {
                number: re.sub(r"\d{3,}", "…", chronicle.target_words(target))
                for number, target in table.targets.items()
                if table.evidence(number, place) != UNWATCHED
            }
            causes = {edge.kind.value for edge in chronicle.causes_of(place)} - {"fork"}
            moments[event.proc, name, numbers[event.proc, name]] = (held, causes)
    return moments
