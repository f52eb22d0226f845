"""The rows of a timeline: which events of a run get one, and which are folded in a long run.

Details are omitted: deliveries of SIGCHLD, waits that do not block, descriptors that programs use
internally, the attempts of a search along PATH, process groups.
"""

from __future__ import annotations

import os
from errno import ECHILD, EINTR
from itertools import pairwise

from simpsh.base import events
from simpsh.base.events import ROWS, place_words
from simpsh.base.phrases import short_status
from simpsh.base.record import Mutable
from simpsh.base.signal_names import SIGCHLD, Signal
from simpsh.base.targets import File, Kernel, PipeEnd, Recorder
from simpsh.base.wait_status import is_end, killing_signal
from simpsh.chronicle.chronicle_model import UNWATCHED, WAITING, Chronicle
from simpsh.view.event_sentences import sendings, sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence, Set


class TimelineRow(Mutable):
    """One step of a timeline."""

    index: int
    kind: str
    name: str
    """The process that the step belongs to."""
    other: str
    """The other process in it: the child, the reaped process, a signal's target; or empty."""
    text: str
    milliseconds: float
    is_free: bool = False
    """Whether the recording does not order it after the row above."""
    site: str = ""
    """The source line that made the call, `race.c:12`; empty if unknown."""


def rows_of(chronicle: Chronicle, *, with_details: bool = False) -> list[TimelineRow]:
    """Return the steps of a run that a timeline shows, in order."""
    chosen = RowChooser(chronicle, with_details=with_details)
    shown = filter(chosen.is_shown, range(len(chronicle.events)))
    rows = [_row(chronicle, index) for index in shown]
    if chronicle.shows_all_causes:
        for above, row in pairwise(rows):
            row.is_free = chronicle.causes.unordered(above.index, row.index)
    return rows


def _row(chronicle: Chronicle, index: int) -> TimelineRow:
    event = chronicle.events[index]
    text = sentence(chronicle, index)
    name = chronicle.owners[index]
    other = other_of(chronicle, index)
    if isinstance(event.what, events.Reap) and name not in chronicle.processes:
        # The reaper has no lane, so the row belongs to the reaped process.
        name, other = event.what.child, ""
    kind, site = ROWS[type(event.what)].kind, place_words(event.at)
    # A recording begins a moment before its first event.
    milliseconds = (event.ts - chronicle.events[0].ts) / 1e6
    return TimelineRow(index, kind, name, other, text, milliseconds, site=site)


def other_of(chronicle: Chronicle, index: int) -> str:
    """Return the other process in a step: the child, a signal's target; empty for none."""
    what = chronicle.events[index].what
    pid = 0
    match what:
        case events.Fork() | events.Reap() | events.WaitReturn():
            return what.child
        case events.SignalSend():
            pid = what.target
        case events.SignalDeliver():
            origin, sender = chronicle.origin_of(index)
            pid = sender if origin == "process" else 0
        case (
            events.Start() | events.Exec() | events.ExecError() | events.Exit() | events.Wait()
            | events.ThreadExit() | events.Reparent() | events.ParentDeathSignal() | events.Stop()
            | events.Continue() | events.GroupEvent() | events.DescriptorEvent()
            | events.SilentEvent() | events.Rest() | events.Unfinished() | events.PlainEvent()
        ):  # fmt: skip
            pass
    bearer = chronicle.bearer(pid, index)
    return bearer.name if bearer is not None else ""


_SELF_EXPLANATORY = (
    events.Fork | events.Exec | events.Exit | events.Reap | events.Stop | events.SignalSend
)


class RowChooser:
    """Chooses the events that get a row; a lesson may choose more."""

    def __init__(self, chronicle: Chronicle, *, with_details: bool) -> None:
        self._chronicle = chronicle
        self._with_details = with_details
        self._waits = {
            interval.begin
            for process in chronicle.processes.values()
            for interval in process.intervals
            if interval.state == WAITING
        }
        self._refused_waits = _refused_waits(chronicle)
        # The failed execs that get a row; if a search along PATH failed, only its last attempt.
        self._errors: set[int] = set()
        later: dict[str, Set[str]] = {}
        for index in range(len(chronicle.events) - 1, -1, -1):
            what, owner = chronicle.events[index].what, chronicle.owners[index]
            if isinstance(what, events.ExecError):
                # A search tries one name in several directories.
                name = os.path.basename(what.path)
                if name not in later.get(owner, ()):
                    self._errors.add(index)
                later[owner] = {name}
            elif isinstance(what, events.Exec):
                # `sh` may be a link, so its file has another name.
                later[owner] = {os.path.basename(path) for path in (what.exe, *what.argv[:1])}
        self._started = {
            (chronicle.owners[index], event.what.argv)
            for index, event in enumerate(chronicle.events[:1])
            if isinstance(event.what, events.Start)
        }

    def is_shown(self, index: int) -> bool:
        """Return whether an event gets a row."""
        what = self._chronicle.events[index].what
        match what:
            case events.Close():
                target = self._chronicle.target_before(index, what.fd)
                return isinstance(target, PipeEnd) and bool(self._chronicle.pipe_name(target.inode))
            case events.Wait():
                return index in self._waits
            case events.Reparent():
                edges = self._chronicle.edges_into.get(index, ())
                return any(edge.kind == "adoption" for edge in edges)
            case events.WaitReturn():
                # A child from before the recording has no name, and no row for its collection.
                is_collected = what.status is None or (
                    is_end(what.status) and not what.is_left and what.child != ""
                )
                return index in self._refused_waits or not is_collected
            case events.ExecError():
                return index in self._errors
            case events.SignalDeliver():
                return what.signal != SIGCHLD and not self._is_clear(index, what)
            case events.Read() | events.Write():
                return what.fd in (0, 1, 2) or self._chronicle.pipe_name(what.pipe) != ""
            case events.Exec():
                if (self._chronicle.owners[index], what.argv) in self._started:
                    # The command itself, which the Start event has already shown.
                    self._started.clear()
                    return False
            case events.Call() | events.SilentEvent():
                return False
            case (
                events.Open() | events.Dup() | events.SetPgid() | events.TcSetPgrp()
                | events.PlainEvent()
            ):  # fmt: skip
                return self._with_details
            case (
                events.Start() | events.Fork() | events.Exit() | events.ThreadExit()
                | events.Reap() | events.SignalSend() | events.ParentDeathSignal()
                | events.Stop() | events.Continue() | events.SetSid() | events.Pipe()
                | events.Rest() | events.Unfinished()
            ):  # fmt: skip
                pass
        return True

    def _is_clear(self, index: int, delivery: events.SignalDeliver) -> bool:
        """Return whether the row above shows the sending, so that the delivery adds nothing."""
        causes = sendings(self._chronicle, index)
        if len(causes) != 1 or delivery.effect == "dropped":
            return False
        between = self._chronicle.events[causes[0] + 1 : index]
        return not any(isinstance(event.what, _SELF_EXPLANATORY) for event in between)


def _refused_waits(chronicle: Chronicle) -> set[int]:
    """Return the failed waits, except for a shell's polls for ended children."""
    began: dict[tuple[str, int], events.Wait] = {}
    refused = set()
    for index, event in enumerate(chronicle.events):
        thread = chronicle.owners[index], event.tid
        if isinstance(event.what, events.Wait):
            began[thread] = event.what
        elif isinstance(event.what, events.WaitReturn) and event.what.errno:
            wait = began.get(thread)
            if wait is None or wait.target != -1 or "WNOHANG" not in wait.options:
                refused.add(index)
    return refused


MOST_STEPS = 2000
_LEAST_IMPORTANT = (("close",), ("read", "write"), ("wait",), ("pipe", "exec-error"), ("delivery",))


def folded(rows: Sequence[TimelineRow], most: int = MOST_STEPS) -> tuple[list[TimelineRow], str]:
    """Return at most `most` of the rows, and a sentence about the omitted ones; empty for none.

    Whole kinds are omitted first, the least important ones first; then the middle of the run.
    """
    shown, gone = list(rows), dict[str, int]()
    for kinds in _LEAST_IMPORTANT:
        if len(shown) > most:
            for row in shown:
                if row.kind in kinds:
                    gone[row.kind] = gone.get(row.kind, 0) + 1
            shown = [row for row in shown if row.kind not in kinds]
    if len(shown) > most:
        begin, end = most * 2 // 3, len(shown) - (most - most * 2 // 3)
        gone["in the middle of the run"] = end - begin
        shown = shown[:begin] + shown[end:]
    if not gone:
        return shown, ""
    parts = ", ".join(f"{count} {kind}" for kind, count in gone.items())
    total = sum(gone.values())
    return (
        shown,
        f"{total} of {len(rows)} steps are not drawn ({parts}); the recording has them all.",
    )


_REFUSED_WAITS = {
    ECHILD: "It has no such child to wait for: none was made, another wait has collected it, or "
    "the kernel did, because SIGCHLD is ignored.",
    0: "WNOWAIT only looks: the child stays a zombie until another wait collects it.",
    EINTR: "A signal's handler ran, so wait(2) returned without news.",
}
_RULES = {row.kind: row.rule for row in events.ROWS.values()}


def reason(chronicle: Chronicle, row: TimelineRow) -> str:
    """Return why a step happened, or the rule that it shows."""
    what = chronicle.events[row.index].what
    rule = ""
    match what:
        case events.Fork():
            rule = _fork(chronicle, what)
        case events.Exit():
            rule = _exit(chronicle, row, what)
        case events.Reap():
            rule = _reap(chronicle, row, what)
        case events.Read(count=0):
            rule = (
                "read(2) returns 0 once a pipe is empty and its last write end is closed, anywhere."
            )
        case events.Close():
            rule = _close(chronicle, row, what)
        case events.WaitReturn():
            if what.errno or what.is_left:
                return _REFUSED_WAITS.get(what.errno, "")
        case events.Rest():
            if what.wakes:
                rule = "Nothing is stuck: a sleep, an alarm or a timer ends by the clock alone."
        case events.Stop():
            rule = (
                f"The default action of {Signal(what.signal)}: it keeps its memory and "
                "descriptors, but gets no processor until SIGCONT; its parent is notified."
            )
        case events.SignalDeliver():
            if len(sendings(chronicle, row.index)) > 1:
                rule = (
                    "Pending signals do not queue: while one waits to be delivered, another of "
                    "the same number adds nothing."
                )
        case (
            events.Start() | events.Exec() | events.ExecError() | events.Wait()
            | events.ThreadExit() | events.Reparent() | events.SignalSend()
            | events.ParentDeathSignal() | events.Continue() | events.GroupEvent()
            | events.Pipe() | events.Open() | events.Dup() | events.Read() | events.Write()
            | events.SilentEvent() | events.Unfinished() | events.PlainEvent()
        ):  # fmt: skip
            pass
    return rule or _RULES.get(row.kind, "")


def _close(chronicle: Chronicle, row: TimelineRow, what: events.Close) -> str:
    target = chronicle.target_before(row.index, what.fd)
    holders = chronicle.holders(target, row.index) if isinstance(target, PipeEnd) else []
    certain = [
        (name, numbers)
        for name, numbers in holders
        if chronicle.processes[name].descriptors_at(row.index).evidence(numbers[0], row.index)
        != UNWATCHED
    ]
    names = ", ".join(chronicle.label(name) for name, _ in certain or holders)
    hold = "hold" if len(certain or holders) > 1 else "holds"
    if certain:
        return f"The end is not gone: {names} still {hold} it."
    if holders:
        return f"Whether {names} still {hold} this end was not watched."
    tables = (process.table_at(row.index) for process in chronicle.processes.values())
    files = (file for table in tables for file in table.values() if isinstance(file, File))
    if any(file.kind == "socket" for file in files):
        return "No process is seen to hold this end now; a socket may carry it to another one."
    if isinstance(target, PipeEnd) and target.is_write:
        return "This was the last write end: a reader now finds the end of file."
    return "This was the last read end: a writer now gets SIGPIPE."


def _fork(chronicle: Chronicle, what: events.Fork) -> str:
    child = chronicle.label(what.child)
    if what.thread:
        return "A thread shares its process's memory, descriptors and pid."
    if what.syscall == "vfork":
        return (
            f"vfork(2) lends {child} its parent's memory, so the parent sleeps until {child} "
            "has called execve or _exit."
        )
    return (
        f"fork(2) returns twice. {child} is a copy: the same program, at the same place in it, "
        "with copies of all descriptors; only the pid differs."
    )


def _exit(chronicle: Chronicle, row: TimelineRow, what: events.Exit) -> str:
    process = chronicle.processes.get(row.name)
    signal = killing_signal(what.status)
    why = f"The default action of {Signal(signal)} ended it. " if signal else ""
    if process is None or process.reap is None:
        return f"{why}It stays a zombie: no process collected its status while the recording ran."
    if isinstance(process.collector, Recorder | Kernel | None):
        return f"{why}Its memory is freed and its descriptors are closed."
    return (
        f"{why}Its memory is freed and its descriptors are closed; its entry with the status "
        f"{short_status(what.status)} stays, a zombie, until "
        f"{chronicle.label(process.collector)} collects it."
    )


def _reap(chronicle: Chronicle, row: TimelineRow, what: events.Reap) -> str:
    if isinstance(what.by, Kernel):
        return (
            "No wait is needed for a child whose SIGCHLD is ignored (sigaction(2), SA_NOCLDWAIT)."
        )
    if isinstance(what.by, Recorder):
        name = chronicle.label(what.by)
        return f"{name} started it, so {name} collects it."
    by = chronicle.label(what.by or row.name)
    if not by:
        return "Its entry is freed, and no wait(2) that returned it was seen."
    return f"wait(2) gave {by} the status, and the kernel freed the entry: the zombie is gone."
