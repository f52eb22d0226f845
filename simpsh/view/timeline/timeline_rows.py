"""Which events of a run are worth a row of a timeline, and which are left out of a long one.

Left out are a tracer's details: deliveries of SIGCHLD, waits that do not block, descriptors that
programs open and close for themselves, the attempts of a search through PATH, process groups.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from simpsh.base import events
from simpsh.base.events import What
from simpsh.base.phrases import place_words
from simpsh.base.signal_names import SIGCHLD
from simpsh.base.wait_status import is_end
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.view.event_sentences import sendings, sentence

KINDS: dict[type[What], str] = {
    events.Start: "start",
    events.Fork: "fork",
    events.Exec: "exec",
    events.ExecError: "exec-error",
    events.Exit: "exit",
    events.Reap: "reap",
    events.Reparent: "adoption",
    events.SignalSend: "signal",
    events.SignalDeliver: "delivery",
    events.Stop: "stop",
    events.Continue: "continue",
    events.Wait: "wait",
    events.WaitReturn: "news",
    events.Pipe: "pipe",
    events.Read: "read",
    events.Write: "write",
    events.Close: "close",
    events.SetSid: "session",
    events.Rest: "rest",
    events.SetPgid: "group",
    events.TcSetPgrp: "terminal",
    events.Dup: "dup",
    events.Open: "open",
}
_DETAILS = frozenset((events.SetPgid, events.TcSetPgrp, events.Dup, events.Open))


@dataclass(slots=True)
class TimelineRow:
    """One step of a timeline."""

    index: int
    """The event, by its place in the run."""
    kind: str
    name: str
    """The process that the step is told of."""
    other: str
    """The other process in it: the child, the collected, the target of a signal; else empty."""
    text: str
    milliseconds: float
    is_free: bool = False
    """Whether it could as well have come before the row above."""
    place: str = ""
    """The line of the program's source that made the call, `race.c:12`; empty where not known."""


def rows_of(chronicle: Chronicle, *, with_details: bool = False) -> list[TimelineRow]:
    """Return the steps of a run that a timeline shows, in order.

    Args:
        chronicle: the run.
        with_details: show process groups, duplicated descriptors and opened files as well.
    """
    chosen = _RowChooser(chronicle, with_details=with_details)
    shown = filter(chosen.is_shown, range(len(chronicle.events)))
    rows = [_row(chronicle, index) for index in shown]
    if chronicle.shows_all_causes:
        for above, row in pairwise(rows):
            row.is_free = chronicle.unordered(above.index, row.index)
    return rows


def _row(chronicle: Chronicle, index: int) -> TimelineRow:
    event = chronicle.events[index]
    text = sentence(chronicle, index)
    name = chronicle.owners[index]
    other = _other(chronicle, index)
    if isinstance(event.what, events.Reap) and name not in chronicle.processes:
        # Told of the one that is gone: its collector has no lane.
        name, other = event.what.child, ""
    kind, place = KINDS[type(event.what)], place_words(event.at)
    # A recording begins a moment before its first event.
    milliseconds = (event.ts - chronicle.events[0].ts) / 1e6
    return TimelineRow(index, kind, name, other, text, milliseconds, place=place)


def _other(chronicle: Chronicle, index: int) -> str:
    match chronicle.events[index].what:
        case events.Fork() as fork:
            return fork.child
        case events.Reap() as reap:
            return reap.child
        case events.SignalSend() as send:
            return _bearer(chronicle, send.target, index)
        case events.SignalDeliver() as delivery:
            return _bearer(chronicle, delivery.sender, index)
        case events.WaitReturn() as news:
            return news.child
        case _:
            return ""


def _bearer(chronicle: Chronicle, pid: int, index: int) -> str:
    bearer = chronicle.bearer(pid, index)
    return bearer.name if bearer is not None else ""


class _RowChooser:
    def __init__(self, chronicle: Chronicle, *, with_details: bool) -> None:
        self._chronicle = chronicle
        self._with_details = with_details
        self._waits = {
            interval.begin
            for process in chronicle.processes.values()
            for interval in process.intervals
            if interval.state == "waiting"
        }
        self._errors = self._last_errors()
        self._started = {
            (chronicle.owners[index], event.what.argv)
            for index, event in enumerate(chronicle.events[:1])
            if isinstance(event.what, events.Start)
        }

    def is_shown(self, index: int) -> bool:
        """Return whether an event gets a row."""
        what = self._chronicle.events[index].what
        if type(what) not in KINDS:
            return False
        if type(what) in _DETAILS:
            return self._with_details
        match what:
            case events.Wait():
                return index in self._waits
            case events.WaitReturn(_, _, status):
                return status is not None and not is_end(status)
            case events.ExecError():
                return index in self._errors
            case events.SignalDeliver() | events.Exec():
                return self._is_first_told(index, what)
            case events.Read() | events.Write() | events.Close():
                return self._is_between_processes(index, what)
            case _:
                return True

    def _is_first_told(self, index: int, what: events.SignalDeliver | events.Exec) -> bool:
        if isinstance(what, events.SignalDeliver):
            return what.signal != SIGCHLD and not self._is_told_by_send(index)
        told = (self._chronicle.owners[index], what.argv)
        if told in self._started:
            self._started.discard(told)
            return False
        return True

    def _is_told_by_send(self, index: int) -> bool:
        """Return whether one sending right above says all that this delivery would."""
        causes = sendings(self._chronicle, index)
        if len(causes) != 1:
            return False
        return not any(
            type(self._chronicle.events[between].what)
            in (events.Fork, events.Exec, events.Exit, events.Reap, events.Stop, events.SignalSend)
            for between in range(causes[0] + 1, index)
        )

    def _is_between_processes(
        self, index: int, what: events.Read | events.Write | events.Close
    ) -> bool:
        if isinstance(what, events.Close):
            target = self._chronicle.target_before(index, what.fd)
            return target[-2:] in (" r", " w") and self._chronicle.pipe_name(target[:-2]) != ""
        return what.fd in (0, 1, 2) or self._chronicle.pipe_name(what.pipe) != ""

    def _last_errors(self) -> set[int]:
        """Find the failed execs that are told: of a search through PATH that failed, the last."""
        found: set[int] = set()
        later: dict[str, str] = {}
        for index in range(len(self._chronicle.events) - 1, -1, -1):
            what, owner = self._chronicle.events[index].what, self._chronicle.owners[index]
            if isinstance(what, events.Exec):
                later[owner] = os.path.basename(what.exe)
            elif isinstance(what, events.ExecError):
                # One search tries one name in several directories.
                name = os.path.basename(what.path)
                if later.get(owner) != name:
                    found.add(index)
                later[owner] = name
        return found


MOST_STEPS = 2000
_LEAST_TELLING = (("close",), ("read", "write"), ("wait",), ("pipe", "exec-error"), ("delivery",))


def folded(rows: Sequence[TimelineRow], most: int = MOST_STEPS) -> tuple[list[TimelineRow], str]:
    """Return at most `most` of the rows, and a sentence on what was left out; empty for nothing.

    A picture holds some thousands of steps; of a longer run, the least telling are folded away.
    Whole kinds go first, from the least telling; then the middle of the run.
    """
    kept, gone = list(rows), Counter[str]()
    for kinds in _LEAST_TELLING:
        if len(kept) > most:
            gone.update(row.kind for row in kept if row.kind in kinds)
            kept = [row for row in kept if row.kind not in kinds]
    if len(kept) > most:
        begin, end = most * 2 // 3, len(kept) - (most - most * 2 // 3)
        gone["in the middle of the run"] = end - begin
        kept = kept[:begin] + kept[end:]
    if not gone:
        return kept, ""
    parts = ", ".join(f"{count} {kind}" for kind, count in gone.items())
    total = sum(gone.values())
    return (
        kept,
        f"{total} of {len(rows)} steps are not drawn ({parts}); the recording has them all.",
    )
