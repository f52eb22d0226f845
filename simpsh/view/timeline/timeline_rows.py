"""The rows of a run: which events get one, and which are folded in a long run.

A RowPolicy says which events recordings, lessons and explored orders show. All of them omit waits
that do not block, descriptors that programs use internally, and the attempts of a search along
PATH.
"""

from __future__ import annotations

import os
from errno import ECHILD, EINTR

from simpsh.base import events
from simpsh.base.events import ROWS, changes_something, place_words
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGCHLD, Signal
from simpsh.base.targets import File, Kernel, Member, PipeEnd, Recorder
from simpsh.base.wait_status import is_end, killing_signal
from simpsh.chronicle.chronicle_model import UNWATCHED, WAITING, Chronicle, Link
from simpsh.view.event_sentences import Naming, phrase, sendings, subject_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence, Set

    from simpsh.base.event_kind import EventKind


class TimelineRow(Record):
    """One step of a run: an action of a process."""

    index: int
    """The lanes show the states after this event."""
    kind: str
    name: str
    """The process that acts, or another actor; empty for none."""
    subject: str
    """Its name in the sentence; empty for none."""
    phrase: str
    others: tuple[str, ...] = ()
    """The other processes involved: children, reaped processes, a signal's targets or sender."""
    milliseconds: float = 0.0
    site: str = ""
    """The source line that made the call, `race.c:12`; empty if unknown."""
    line: int | None = None
    """The line of a lesson's listing."""
    moment: str = ""
    """The moment of a lesson's inspection just before this event: `①`, or `① 2`."""

    @property
    def text(self) -> str:
        """The sentence, without a full stop."""
        if not self.subject:
            return f"{self.phrase[:1].upper()}{self.phrase[1:]}"
        return f"{self.subject}{':' * (self.kind == 'set')} {self.phrase}"

    @property
    def other(self) -> str:
        """The first of the other processes; empty for none."""
        return self.others[0] if self.others else ""

    @property
    def mark(self) -> str:
        """The callout of the moment."""
        return self.moment[:1]


class RowPolicy(Record):
    """Which events of a run get a row."""

    hidden: Collection[type[EventKind]] = ()
    """The kinds that get none."""
    always: tuple[type, ...] = ()
    """The kinds, or groups of them, that get one although their row has an option; others need it
    in `details`."""
    details: Collection[str] = ()
    """The details to show: options of rows, names of variables and of signals."""
    calls: Collection[str] = ()
    """The calls to show that have no event of their own."""
    is_listed: bool = False
    """Whether the listing is known: its own calls and texts count, and what other rows show does
    not.
    """
    first: str = ""
    """The process whose collection gets no row."""


RECORDING = RowPolicy(
    hidden=(events.Call, events.Line, events.Assign, events.Unknown),
    always=(events.Close, events.PlainEvent),
)
LISTING = RowPolicy(
    hidden=(events.Start, events.ThreadExit, events.Unfinished, events.Line, events.Unknown),
    is_listed=True,
)
"""For a run whose code is shown with it."""


def rows_of(chronicle: Chronicle, *, with_details: bool = False) -> list[TimelineRow]:
    """Return the rows of a recording, in order."""
    details = [row.option for row in ROWS.values()] if with_details else ()
    chosen = RowChooser(chronicle, changed(RECORDING, details=details)).indices()
    return [_row(chronicle, index) for index in chosen]


def _row(chronicle: Chronicle, index: int) -> TimelineRow:
    event, naming = chronicle.events[index], Naming(chronicle, index)
    name, others = chronicle.owners[index], others_of(chronicle, index)
    if isinstance(event.what, events.Reap) and name not in chronicle.processes:
        # The reaper has no lane, so the row belongs to the reaped process.
        name, others = event.what.child, ()
    subject = subject_of(chronicle, index)
    return TimelineRow(
        index,
        ROWS[type(event.what)].kind,
        name,
        naming.label(subject) if subject is not None else "",
        phrase(naming),
        others,
        milliseconds_of(chronicle, index),
        place_words(event.at),
    )


def milliseconds_of(chronicle: Chronicle, index: int) -> float:
    """Return the time of an event since the first one; a recording begins just before that."""
    return (chronicle.events[index].ts - chronicle.events[0].ts) / 1e6


def others_of(chronicle: Chronicle, index: int) -> tuple[str, ...]:
    """Return the other processes in a step: the child, a signal's targets or sender."""
    what = chronicle.events[index].what
    pid = 0
    match what:
        case (
            events.Fork(child=other) | events.Reap(child=other) | events.WaitReturn(child=other)
            | events.Reparent(adopter=Member(other))
        ):  # fmt: skip
            return (other,) if other in chronicle.processes else ()
        case events.SignalSend():
            if what.target <= 0 and (reached := _receivers(chronicle, index)):
                return reached
            pid = abs(what.target)
        case events.SignalDeliver():
            origin, sender = chronicle.origin_of(index)
            pid = sender if origin == "process" else 0
        case (
            events.Start() | events.Exec() | events.ExecError() | events.Exit() | events.Wait()
            | events.ThreadExit() | events.Reparent() | events.Stop()
            | events.Continue() | events.GroupEvent() | events.DescriptorEvent()
            | events.SilentEvent() | events.Rest() | events.Unfinished() | events.PlainEvent()
        ):  # fmt: skip
            pass
    bearer = chronicle.bearer(pid, index) if pid else None
    return (bearer.name,) if bearer is not None else ()


def _receivers(chronicle: Chronicle, sending: int) -> tuple[str, ...]:
    """Return the processes to which a signal to a group was delivered."""
    return tuple(
        chronicle.owners[edge.target]
        for edge in chronicle.edges
        if edge.source == sending
        and isinstance(chronicle.events[edge.target].what, events.SignalDeliver)
    )


_SELF_EXPLANATORY = (
    events.Fork | events.Exec | events.Exit | events.Reap | events.Stop | events.SignalSend
)


class RowChooser:
    """Chooses the events that get a row."""

    def __init__(self, chronicle: Chronicle, policy: RowPolicy) -> None:
        self._chronicle = chronicle
        self._policy = policy
        self._waits = {
            interval.begin
            for process in chronicle.processes.values()
            for interval in process.intervals
            if interval.state == WAITING
        }
        self._refused_waits = _refused_waits(chronicle)
        self._told_empty: set[str] = set()
        """The processes whose wait has already reported that no child has ended."""
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

    def indices(self, last: int | None = None) -> Iterator[int]:
        """Yield the events that get a row, until the event `last`."""
        until = len(self._chronicle.events) if last is None else last + 1
        yield from filter(self._is_shown, range(until))

    def _is_shown(self, index: int) -> bool:
        what, policy = self._chronicle.events[index].what, self._policy
        if type(what) in policy.hidden:
            return False
        if isinstance(what, events.Call):
            if what.begins or what.errno:
                return not what.begins
            is_change = what.name in policy.calls and changes_something(what.name, what.args)
            return is_change and self._is_own_code(index)
        option = ROWS[type(what)].option if type(what) in ROWS else ""
        if option and not isinstance(what, policy.always):
            has_failed = policy.is_listed and bool(getattr(what, "errno", 0))
            return option in policy.details or has_failed
        match what:
            case events.LifeEvent():
                return self._is_step_of_life(index, what)
            case events.SignalDeliver():
                if policy.is_listed:
                    return self._has_hidden_effect(index, what)
                return what.signal != SIGCHLD and not self._is_clear(index, what)
            case events.Close():
                target = self._chronicle.target_before(index, what.fd)
                return isinstance(target, PipeEnd) and bool(self._chronicle.pipe_name(target.inode))
            case events.Read() | events.Write():
                is_used = what.fd in (0, 1, 2) or self._chronicle.pipe_name(what.pipe) != ""
                return is_used or (policy.is_listed and self._is_text_or_error(index, what))
            case events.Assign():
                # Empty memory does not count as a value.
                return what.variable in policy.details and what.value not in ("", None)
            case (
                events.SignalEvent() | events.GroupEvent() | events.DescriptorEvent()
                | events.SilentEvent() | events.Rest() | events.Unfinished() | events.PlainEvent()
            ):  # fmt: skip
                return True

    def _is_step_of_life(self, index: int, what: events.LifeEvent) -> bool:
        match what:
            case events.Wait():
                return index in self._waits
            case events.Reparent():
                edges = self._chronicle.edges_into.get(index, ())
                return any(edge.kind is Link.ADOPTION for edge in edges)
            case events.WaitReturn():
                return self._is_news(index, what)
            case events.Reap():
                return not self._policy.first or what.child != self._policy.first
            case events.ExecError():
                return index in self._errors or "execve" in self._policy.details
            case events.Exec() if (self._chronicle.owners[index], what.argv) in self._started:
                # The command itself, which the Start event has already shown.
                self._started.clear()
                return False
            case events.LifeEvent():
                return True

    def _is_news(self, index: int, what: events.WaitReturn) -> bool:
        """Return whether the return of a wait says something that no other row shows."""
        # A child from before the recording has no name, and no row for its collection.
        is_collected = what.status is None or (
            is_end(what.status) and not what.is_left and what.child != ""
        )
        if not self._policy.is_listed:
            return index in self._refused_waits or not is_collected
        if what.errno:
            return True
        if not what.child_pid:
            owner = self._chronicle.owners[index]
            is_first = owner not in self._told_empty
            self._told_empty.add(owner)
            return is_first
        return not is_collected or not isinstance(self._following(index), events.Reap)

    def _is_text_or_error(self, index: int, what: events.Read | events.Write) -> bool:
        is_text = bool(what.text) and not what.pipe
        return bool(what.errno) or (is_text and self._is_own_code(index))

    def _is_own_code(self, index: int) -> bool:
        """Return whether the demonstration's code made a call, not a program or a library."""
        process = self._chronicle.process_of(index)
        program = process.program_at(index) if process is not None else None
        if process is None or program is None or not program.begin:
            return True
        # Between vfork and exec, library code such as posix_spawn runs.
        birth = self._chronicle.events[process.birth].what
        return program.is_copy and getattr(birth, "syscall", "") != "vfork"

    def _following(self, index: int) -> events.What | None:
        """Return the next event of the same process; None if it has none."""
        all_events, owners = self._chronicle.events, self._chronicle.owners
        later = range(index + 1, len(owners))
        return next((all_events[i].what for i in later if owners[i] == owners[index]), None)

    def _has_hidden_effect(self, index: int, what: events.SignalDeliver) -> bool:
        """Return whether a delivery has an effect that no other row shows."""
        name = Signal(what.signal).name
        if what.effect or name == "SIGCONT":
            # A stopped process continues before the delivery, and that event has a row.
            return name in self._policy.details
        following = self._following(index)
        if isinstance(following, events.Exit):
            return killing_signal(following.status) != what.signal
        return not isinstance(following, events.Stop | events.Continue)

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


def folded(rows: Sequence[TimelineRow], most: int = MOST_STEPS) -> tuple[list[TimelineRow], str]:
    """Return at most `most` of the rows, and a sentence about the omitted ones; empty for none.

    The middle of a longer run is omitted.
    """
    if len(rows) <= most:
        return [*rows], ""
    begin, end = most * 2 // 3, len(rows) - (most - most * 2 // 3)
    count = f"{end - begin} of {len(rows)} steps"
    words = f"{count}, in the middle of the run, are not drawn; the recording has them all."
    return [*rows[:begin], *rows[end:]], words


_REFUSED_WAITS = {
    ECHILD: "It has no such child to wait for: none was made, another wait has collected it, or "
    "the kernel did, because SIGCHLD is ignored.",
    0: "WNOWAIT only looks: the child stays a zombie until another wait collects it.",
    EINTR: "A signal's handler ran, so wait(2) returned without news.",
}
_THREAD = "A thread shares its process's memory, descriptors and pid."
_VFORK = (
    "vfork(2) lends the child its parent's memory, so the parent sleeps until the child has called "
    "execve or _exit."
)
_FREED = "Its memory is freed and its descriptors are closed."
_REAPS: dict[type, str] = {
    Kernel: "No wait is needed for a child whose SIGCHLD is ignored (sigaction(2), SA_NOCLDWAIT).",
    type(None): "Its entry is freed, and no wait(2) that returned it was seen.",
}
"""By the kind of the collector, if that is not a process of the run."""
_RULES = {row.kind: row.rule for row in events.ROWS.values()}


def reason(chronicle: Chronicle, row: TimelineRow) -> str:
    """Return why a step happened, or the rule that it shows."""
    what = chronicle.events[row.index].what
    rule = ""
    match what:
        case events.Fork():
            rule = _THREAD if what.thread else _VFORK if what.syscall == "vfork" else ""
        case events.Exit():
            rule = _exit(chronicle, row, what)
        case events.Reap():
            rule = _reap(chronicle, what)
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
            | events.Continue() | events.GroupEvent()
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


def _exit(chronicle: Chronicle, row: TimelineRow, what: events.Exit) -> str:
    process, signal = chronicle.processes.get(row.name), killing_signal(what.status)
    is_freed = process is not None and isinstance(process.collector, Kernel)
    rule = _FREED if is_freed else _RULES["exit"]
    return f"The default action of {Signal(signal)} ended it. {rule}" if signal else rule


def _reap(chronicle: Chronicle, what: events.Reap) -> str:
    if isinstance(what.by, Recorder):
        name = chronicle.label(what.by)
        return f"{name} started it, so {name} collects it."
    return _REAPS.get(type(what.by), "")
