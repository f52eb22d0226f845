"""Every claim of the drawings about a run, with its evidence: seen, inferred, not watched.

Drawings use the same data: intervals and descriptor tables of processes, adoptions, `causes_of`. A
claim that is not watched is drawn as such, with its last known event.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from simpsh.base.record import Record
from simpsh.chronicle.chronicle_model import (
    INFERRED,
    RUNNING,
    SEEN,
    STATES,
    UNWATCHED,
    Chronicle,
    ProcessLife,
)


class Claim(Record):
    """One claim about a run."""

    kind: str
    """`state`, `descriptor`, `cause`, `sender`, `adoption`, or `end` (of the recording)."""
    process: str
    """By name; empty for the end of the recording."""
    begin: int
    """The first event after which it holds; for a cause, the causing event."""
    end: int
    """The first event after which it no longer holds; for a cause, the caused event."""
    value: str
    """A state, `4 write end of pipe A`, the kind of an edge, a sender or adopter, `complete`."""
    evidence: str
    """One of SEEN, INFERRED, UNWATCHED."""


def claims_of(chronicle: Chronicle) -> Iterator[Claim]:
    """Yield all claims about a run: process by process, then causes by event, then the end."""
    last = len(chronicle.events)
    for process in chronicle.processes.values():
        for interval in process.intervals:
            until = last if interval.end is None else interval.end
            evidence, _ = STATES[interval.state]
            yield Claim("state", process.name, interval.begin, until, interval.state, evidence)
        yield from _descriptors(chronicle, process)
        for index, adopter in process.adoptions:
            yield Claim("adoption", process.name, index, last, adopter, SEEN)
    for index, owner in enumerate(chronicle.owners):
        runner = chronicle.processes.get(owner)
        if runner is not None and chronicle.state_of(runner, index) == RUNNING:
            yield Claim("state", owner, index, index + 1, RUNNING, SEEN)
        for edge in chronicle.causes_of(index):
            yield Claim("cause", owner, edge.source, index, edge.kind, INFERRED)
        origin, pid = chronicle.origin_of(index)
        if origin == "process" and (sender := chronicle.bearer(pid, index)) is not None:
            yield Claim("sender", owner, index, index + 1, sender.name, SEEN)
    end = ("cut short", UNWATCHED) if chronicle.is_cut_short else ("complete", SEEN)
    yield Claim("end", "", last, last, *end)


def _descriptors(chronicle: Chronicle, process: ProcessLife) -> Iterator[Claim]:
    for table, later in zip_longest(process.tables, process.tables[1:]):
        until = len(chronicle.events) if later is None else later.begin
        for number, target in table.targets.items():
            subject = "descriptor", process.name
            value, begin = f"{number} {chronicle.target_words(target)}", table.begin
            if table.shown_at[number] == begin < until:
                yield Claim(*subject, begin, begin + 1, value, SEEN)
                begin += 1
            if begin < until:
                yield Claim(*subject, begin, until, value, table.evidence(number, begin))
