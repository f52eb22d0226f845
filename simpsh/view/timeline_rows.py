"""Which events of a run are worth a row, and in what words.

Left out are a tracer's details: deliveries of SIGCHLD, waits that do not block, descriptors that
programs open and close for themselves, the attempts of a search through PATH, process groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from simpsh.events import (
    Close,
    Continue,
    Dup,
    Exec,
    ExecError,
    Exit,
    Fork,
    Open,
    Pipe,
    Read,
    Reap,
    Reparent,
    Rest,
    SetPgid,
    SetSid,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    TcSetPgrp,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.view.timeline_words import sendings, sentence

if TYPE_CHECKING:
    from simpsh.chronicle.model import Chronicle
    from simpsh.events import What

SIGCHLD = 17
_STOPPED, _CONTINUED = 0x7F, 0xFFFF

KINDS: dict[type[What], str] = {
    Start: "start",
    Fork: "fork",
    Exec: "exec",
    ExecError: "exec-error",
    Exit: "exit",
    Reap: "reap",
    Reparent: "adoption",
    SignalSend: "signal",
    SignalDeliver: "delivery",
    Stop: "stop",
    Continue: "continue",
    Wait: "wait",
    WaitReturn: "news",
    Pipe: "pipe",
    Read: "read",
    Write: "write",
    Close: "close",
    SetSid: "session",
    Rest: "rest",
    SetPgid: "group",
    TcSetPgrp: "terminal",
    Dup: "dup",
    Open: "open",
}
_DETAILS = frozenset((SetPgid, TcSetPgrp, Dup, Open))


@dataclass(slots=True)
class Row:
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


def rows_of(chronicle: Chronicle, *, with_details: bool = False) -> list[Row]:
    """Return the steps of a run that a timeline shows, in order.

    Args:
        chronicle: the run.
        with_details: show process groups, duplicated descriptors and opened files as well.
    """
    chosen = _Chooser(chronicle, with_details=with_details)
    shown = filter(chosen.is_shown, range(len(chronicle.events)))
    rows = [_row(chronicle, index) for index in shown]
    _mark_free(chronicle, rows)
    return rows


def _row(chronicle: Chronicle, index: int) -> Row:
    event = chronicle.events[index]
    text = sentence(chronicle, index)
    name = chronicle.owners[index]
    other = _other(chronicle, index)
    if isinstance(event.what, Reap) and name not in chronicle.processes:
        # Told of the one that is gone: its collector has no lane.
        name, other = event.what.child, ""
    return Row(index, KINDS[type(event.what)], name, other, text, event.ts / 1e6)


def _other(chronicle: Chronicle, index: int) -> str:
    match chronicle.events[index].what:
        case Fork() as fork:
            return fork.child
        case Reap() as reap:
            return reap.child
        case SignalSend() as send:
            return _bearer(chronicle, send.target, index)
        case SignalDeliver() as delivery:
            return _bearer(chronicle, delivery.sender, index)
        case WaitReturn() as news:
            return news.child
        case _:
            return ""


def _bearer(chronicle: Chronicle, pid: int, index: int) -> str:
    bearer = chronicle.bearer(pid, index)
    return bearer.name if bearer is not None else ""


def _mark_free(chronicle: Chronicle, rows: list[Row]) -> None:
    if not chronicle.shows_all_causes:
        return
    for above, row in pairwise(rows):
        row.is_free = chronicle.unordered(above.index, row.index)


class _Chooser:
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
            if isinstance(event.what, Start)
        }

    def is_shown(self, index: int) -> bool:
        """Tell whether an event gets a row."""
        what = self._chronicle.events[index].what
        if type(what) not in KINDS:
            return False
        if type(what) in _DETAILS:
            return self._with_details
        match what:
            case Wait():
                return index in self._waits
            case WaitReturn():
                return self._is_news(what)
            case ExecError():
                return index in self._errors
            case SignalDeliver() | Exec():
                return self._is_first_told(index, what)
            case Read() | Write() | Close():
                return self._is_between_processes(index, what)
            case _:
                return True

    def _is_first_told(self, index: int, what: SignalDeliver | Exec) -> bool:
        if isinstance(what, SignalDeliver):
            return what.signal != SIGCHLD and not self._is_told_by_send(index)
        told = (self._chronicle.owners[index], what.argv)
        if told in self._started:
            self._started.discard(told)
            return False
        return True

    def _is_told_by_send(self, index: int) -> bool:
        """Tell whether one sending right above says all that this delivery would."""
        causes = sendings(self._chronicle, index)
        if len(causes) != 1:
            return False
        return not any(
            type(self._chronicle.events[between].what) in (Fork, Exec, Exit, Reap, Stop, SignalSend)
            for between in range(causes[0] + 1, index)
        )

    def _is_news(self, what: WaitReturn) -> bool:
        status = what.status
        return status is not None and (status & 0xFF == _STOPPED or status == _CONTINUED)

    def _is_between_processes(self, index: int, what: Read | Write | Close) -> bool:
        if isinstance(what, Close):
            process = self._chronicle.process_of(index)
            target = process.table_at(index - 1).get(what.fd, "") if process is not None else ""
            life = self._chronicle.pipes.get(target[:-2]) if target[-2:] in (" r", " w") else None
            return life is not None and bool(life.name)
        if what.pipe:
            life = self._chronicle.pipes.get(what.pipe)
            return (life is not None and bool(life.name)) or what.fd in (0, 1, 2)
        return what.fd in (0, 1, 2)

    def _last_errors(self) -> set[int]:
        """Find the failed execs that no success of the same process follows."""
        found, settled = set(), set()
        for index in range(len(self._chronicle.events) - 1, -1, -1):
            what, owner = self._chronicle.events[index].what, self._chronicle.owners[index]
            if isinstance(what, Exec):
                settled.add(owner)
            elif isinstance(what, ExecError) and owner not in settled:
                found.add(index)
                settled.add(owner)
        return found
