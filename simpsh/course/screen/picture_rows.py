"""Selects the events of a demonstration that get a row in its picture, with a sentence for each.

The sentences use the names of variables for processes, and pipes or files for descriptors; the
reader of the lesson is `you`. Otherwise they are worded like those of every recording.

Events without a visible counterpart in the code get no row: deliveries of SIGCHLD, waits that do
not block, copies of descriptors, process groups, changes of flags or masks. Those that the
demonstration's own code causes get a row if `watch` or a claim requests one. Each callout of the
listing gets a row of its own, at the moment when its process was held and inspected.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter

from simpsh.base import events
from simpsh.base.events import ROWS, changes_something
from simpsh.base.phrases import counted, errno_name, escaped, listed, quoted
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import Signal
from simpsh.base.targets import Actor, File, Member, PipeEnd, Target
from simpsh.base.wait_status import killing_signal
from simpsh.base.waits import Wait
from simpsh.chronicle.chronicle_model import ASLEEP, THERE, WAITING, Chronicle, ProcessLife
from simpsh.course.claims.demonstration import MARKS, Listing
from simpsh.course.claims.observation import END, REAPER, YOU, Observation, process_in_words
from simpsh.view.event_sentences import Naming, phrase, subject_of
from simpsh.view.timeline.timeline_rows import RowChooser
from simpsh.view.wait_words import wait_words

_STANDARD = (0, 1, 2)


class LessonNaming(Naming):
    """The names in the events of a demonstration."""

    shows_targets = False

    def __init__(self, run: Observation, index: int) -> None:
        super().__init__(run.chronicle, index)
        self.is_reader = run.events[index].proc == YOU
        self.is_output = index in run.outputs

    def process(self, pid: int) -> str:
        """Return the name of the process with a pid; empty for an outsider."""
        bearer = self.chronicle.bearer(pid, self.index)
        return bearer.label if bearer is not None else ""

    def group_outside(self, pgid: int) -> str:
        """Describe a process group without its number, which varies between runs."""
        del pgid
        return "another group"

    def descriptor(self, number: int, inode: str) -> str:
        """Return the object of a descriptor: a pipe, a file; empty for the usual output."""
        life = self.chronicle.pipes.get(inode) if inode else None
        if life is not None and life.name and life.maker:
            return f"pipe {life.name}"
        process = self.chronicle.process_of(self.index)
        target = process.table_at(self.index).get(number) if process is not None else None
        if target is None or isinstance(target, PipeEnd) or target.kind == "terminal":
            return "" if number in _STANDARD else f"descriptor {number}"
        return self._plain_name(target)

    def object(self, target: Target) -> str:
        """Return what a pipe or a file is called, without its directory."""
        if isinstance(target, PipeEnd):
            return super().object(target)
        return super().object(changed(target, path=self._plain_name(target)))

    @staticmethod
    def _plain_name(target: File) -> str:
        match target.kind:
            case "socket":
                return "a socket"
            case "anonymous":
                return "an object of the kernel"
            case "device":
                return target.path
            case _:
                return target.path.rsplit("/", 1)[-1]

    def wait(self, name: str, wait: Wait) -> str:
        """Return what a process waits for, without the processes that hold the other end."""
        return wait_words(wait, Member(name), self, is_brief=True)

    def target(self, number: int) -> str:
        """Return the end of a named pipe that a descriptor refers to; otherwise empty."""
        target = self.chronicle.target_before(self.index, number)
        is_named = isinstance(target, PipeEnd) and self.chronicle.pipe_name(target.inode)
        return super().target(number) if is_named else ""

    def error(self, errno: int) -> str:
        """Return the name of an error: lessons teach the names, and pictures are narrow."""
        return errno_name(errno)


class SentenceNaming(LessonNaming):
    """The names in a sentence within a text: variables are code, in backticks."""

    def label(self, actor: Actor | str) -> str:
        """Return what a process is called."""
        return process_in_words(super().label(actor))

    def process(self, pid: int) -> str:
        """Return the name of the process with a pid; empty for an outsider."""
        label = super().process(pid)
        return process_in_words(label) if label else ""


def chain_sentences(run: Observation, chain: Sequence[int]) -> list[str]:
    """Return a chain of events as sentences, without events that have none."""
    links = []
    for position, index in enumerate(chain):
        naming = SentenceNaming(run, index)
        words = phrase(naming)
        # A wait within a chain leads to the event that it waits for, which the next link names.
        omitted = (events.Start, events.Wait) if position + 1 < len(chain) else events.Start
        if words and not isinstance(run.events[index].what, omitted):
            subject = subject_of(run.chronicle, index)
            links.append(f"{naming.label(subject)} {words}" if subject is not None else words)
    return links


class PictureRow(Record):
    """One row of a picture: an action of a process, or several equal ones."""

    index: int
    """The lanes show the states after this event."""
    kind: str
    who: str
    """The process's name in the chronicle, or `you`."""
    phrase: str
    others: tuple[str, ...] = ()
    """The other processes involved: children, collected processes, the target of a signal."""
    line: int | None = None
    moment: str = ""
    """The moment of the inspection just before this event: `①`, or `① 2`."""
    is_free: bool = False
    """Whether it could have happened before the row above."""
    also: tuple[int, ...] = ()
    """Further events that this row represents."""

    @property
    def mark(self) -> str:
        """The callout of the moment."""
        return self.moment[:1]

    def state_of(self, process: ProcessLife) -> str:
        """Return the state in which to draw a process: after the row's event.

        The process of a mark was inspected before its step, which had not yet woken others.
        """
        is_step = bool(self.moment) and self.kind != "look"
        is_before = is_step and process.name not in (self.who, *self.others)
        return process.state_at(self.index - is_before)


EVERYTHING = 1000
"""With at least this many rows, nothing is folded."""


def picture_rows(
    run: Observation, watch: Collection[str] = (), most: int = EVERYTHING
) -> list[PictureRow]:
    """Return the rows of a run's picture, from top to bottom, at most `most`.

    `watch` names variables whose changes are shown, and details (`close`, `SIGCHLD` …).
    """
    rows = _with_marks(run, _PictureRowChooser(run, watch).rows(), watch)
    rows = rows if most >= EVERYTHING else _fitted(run.chronicle, rows, most)
    return _with_freedom(run.chronicle, rows)


def line_before(run: Observation, who: str, index: int) -> int | None:
    """Return the line of a process before it reached the line at an event."""
    arrivals = (arrival for arrival in reversed(run.arrivals) if arrival[1] == who)
    return next((line for event_index, _, line in arrivals if event_index < index), None)


class _PictureRowChooser(RowChooser):
    def __init__(self, run: Observation, watch: Collection[str]) -> None:
        super().__init__(run.chronicle, with_details=False)
        self._run = run
        self._watch = watch
        self._told_empty: set[str] = set()
        self._first = next(iter(run.chronicle.processes), "")
        """The demonstration's first process, which the supervisor collects."""

    def rows(self) -> list[PictureRow]:
        rows: list[PictureRow] = []
        # Exclude the end of survivors, which the supervisor kills.
        end = self._run.moments.get(END)
        own_events = self._chronicle.events[: end.index + 1 if end is not None else None]
        for index, event in enumerate(own_events):
            what = event.what
            if isinstance(what, events.Rest):
                rows.extend(self._rest(index, what))
            elif isinstance(what, events.Assign):
                rows.extend(self._assigned(index, what))
            elif self.is_shown(index):
                rows.append(self._row(index, event))
        return rows

    def _assigned(self, index: int, what: events.Assign) -> Iterator[PictureRow]:
        # Empty memory does not count as a value.
        if what.variable in self._watch and what.value not in ("", None):
            value = quoted(what.value) if isinstance(what.value, str) else repr(what.value)
            owner = self._chronicle.owners[index]
            # The change is noticed at the process's next line, so the line before made it.
            line = line_before(self._run, owner, index)
            yield PictureRow(index, "set", owner, f"{what.variable} = {value}", (), line)

    def _row(self, index: int, event: events.Event) -> PictureRow:
        what, is_own = event.what, event.proc == YOU
        subject = subject_of(self._chronicle, index)
        who = self._run.name_of(subject) if subject is not None else ""
        row = ROWS[type(what)]
        is_success = isinstance(what, events.Call) and not what.errno
        # Details that only lessons show.
        kind = "detail" if row.option or is_success else row.kind
        if is_own and isinstance(what, events.Write):
            kind = "keys"
        words = phrase(LessonNaming(self._run, index))
        return PictureRow(index, kind, who, words, self._others(index), self._run.lines.get(index))

    def _others(self, index: int) -> tuple[str, ...]:
        chronicle, what = self._chronicle, self._chronicle.events[index].what
        match what:
            case events.SignalSend():
                return self._targets(index, what)
            case (
                events.Fork(child=other)
                | events.Reap(child=other)
                | events.Reparent(adopter=Member(other))
            ):
                return (other,) if other in chronicle.processes else ()
            case (
                events.Start() | events.Exec() | events.ExecError() | events.Wait()
                | events.WaitReturn() | events.Exit() | events.ThreadExit() | events.Reparent()
                | events.SignalDeliver() | events.ParentDeathSignal() | events.Stop()
                | events.Continue() | events.GroupEvent() | events.DescriptorEvent()
                | events.SilentEvent() | events.Rest() | events.Unfinished() | events.PlainEvent()
            ):  # fmt: skip
                return ()

    def _targets(self, index: int, what: events.SignalSend) -> tuple[str, ...]:
        """Return the processes that a signal is sent to."""
        chronicle = self._chronicle
        # A signal to a group reaches the processes to which it is delivered from now on.
        later = range(index + 1, len(chronicle.events)) if what.target <= 0 else ()
        reached = [
            chronicle.owners[i]
            for i in later
            if isinstance(delivery := chronicle.events[i].what, events.SignalDeliver)
            and delivery.signal == what.signal
            and index in chronicle.causes.direct(i)
        ]
        bearer = chronicle.bearer(abs(what.target), index) if what.target else None
        return tuple(reached) or ((bearer.name,) if bearer is not None else ())

    # -- processes that sleep when none can move -------------------------------------------------

    def _rest(self, index: int, rest: events.Rest) -> Iterator[PictureRow]:
        later = self._chronicle.events[index + 1 :]
        if any(isinstance(event.what, events.Rest) for event in later) and not any(
            event.proc == YOU for event in later
        ):
            return
        naming = LessonNaming(self._run, index)
        for name, wait in rest.waiting:
            process = self._chronicle.processes.get(name)
            # A wait for a child already has a row, from its beginning.
            if process is None or process.state_at(index) not in (ASLEEP, THERE):
                continue
            looks = (
                moment.looks[name]
                for moment in self._run.moments.values()
                if moment.index >= index and name in moment.looks
            )
            line = next((look.line or None for look in looks), None)
            yield PictureRow(index, "wait", name, escaped(naming.wait(name, wait)), (), line)
        # Each process has its own row, which names the object of its wait.
        alone = changed(rest, waiting=())
        words = alone.waking(naming) if rest.wakes else alone.phrase(naming)
        yield PictureRow(index, "rest", "", escaped(words))

    # -- selection of rows ----------------------------------------------------------------------

    def is_shown(self, index: int) -> bool:
        """Return whether an event gets a row."""
        what = self._chronicle.events[index].what
        match what:
            case (
                events.Start() | events.ThreadExit() | events.Unfinished() | events.SilentEvent()
            ):  # fmt: skip
                return False
            case events.ParentDeathSignal():
                return "prctl" in self._watch
            case events.WaitReturn():
                return self._is_news(index, what)
            case events.SignalDeliver():
                return self._has_hidden_effect(index, what)
            case events.Read() | events.Write():
                is_file_text = bool(what.text) and not what.pipe and self._is_own_code(index)
                return bool(what.errno) or is_file_text or super().is_shown(index)
            case events.ExecError():
                return "execve" in self._watch or super().is_shown(index)
            case events.Reap():
                return what.child != self._first
            case events.Call():
                if what.begins or what.errno:
                    return not what.begins
                is_watched = what.name in self._watch and changes_something(what.name, what.args)
                # A shell that runs a line has no listing, so its calls are not the demonstration's
                # own.
                return is_watched and bool(self._run.lines) and self._is_own_code(index)
            case (
                events.Open() | events.Dup() | events.Close()
                | events.SetPgid() | events.TcSetPgrp() | events.PlainEvent()
            ):  # fmt: skip
                has_failed = bool(getattr(what, "errno", 0))
                return ROWS[type(what)].option in self._watch or has_failed
            case (
                events.Fork() | events.Exec() | events.Exit() | events.Wait() | events.Reparent()
                | events.SignalSend() | events.Stop() | events.Continue()
                | events.SetSid() | events.Pipe() | events.Rest()
            ):  # fmt: skip
                return super().is_shown(index)

    def _is_news(self, index: int, what: events.WaitReturn) -> bool:
        if what.errno:
            return True
        if not what.child_pid:
            owner = self._chronicle.owners[index]
            if owner in self._told_empty:
                return False
            self._told_empty.add(owner)
            return True
        is_stop = super().is_shown(index)
        return is_stop or not isinstance(self._following(index), events.Reap)

    def _is_own_code(self, index: int) -> bool:
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
            return name in self._watch
        following = self._following(index)
        if isinstance(following, events.Exit):
            return killing_signal(following.status) != what.signal
        return not isinstance(following, events.Stop | events.Continue)


_BY_INDEX = attrgetter("index")


def _with_marks(
    run: Observation, rows: Sequence[PictureRow], watch: Collection[str]
) -> list[PictureRow]:
    """Attach each callout to the next row of its process, or give it its own row."""
    marked = [*rows]
    marks = [(title, moment) for title, moment in run.moments.items() if title[:1] in MARKS]
    # Writes to watched memory between two inspections.
    for (_, earlier), (_, later) in pairwise(marks):
        for who, look in later.looks.items():
            before = earlier.looks.get(who)
            for variable in look.pages:
                value = look.values.get(variable)
                if before is None or variable not in watch or value == before.values.get(variable):
                    continue
                line = line_before(run, who, later.index)
                words = f"{variable} = {quoted(str(value))}"
                row = PictureRow(later.index, "set", who, words, (), line)
                insort(marked, row, key=_BY_INDEX)
    names = {process.label: name for name, process in run.chronicle.processes.items()}
    callouts = Listing(run.source).callouts
    ends = [*(moment.index for _, moment in marks[1:]), len(run.events)]
    for (title, moment), until in zip(marks, ends, strict=False):
        held = [who for who, look in moment.looks.items() if look.state == "held"]
        # The process whose line has the mark comes first.
        held.sort(key=lambda who: callouts.get(moment.looks[who].line) != title[:1])
        who = names.get(held[0], "") if held else ""
        if not who:
            continue
        # A row after the next inspection would show this one too late.
        target = next(
            (
                n
                for n, row in enumerate(marked)
                if moment.index < row.index <= until and row.who == who and not row.mark
            ),
            None,
        )
        # If its step collects a zombie or woke another process first, the inspection needs its own
        # row: the row of the step is drawn after it.
        if (
            target is not None
            and marked[target].kind != "reap"
            and all(
                process.state_at(moment.index) == process.state_at(marked[target].index - 1)
                for process in run.chronicle.processes.values()
                if process.name not in (who, *marked[target].others)
            )
        ):
            marked[target] = changed(marked[target], moment=title)
        else:
            line = moment.looks[held[0]].line or run.lines.get(moment.index)
            row = PictureRow(max(0, moment.index), "look", who, "we look", (), line, title)
            insort(marked, row, key=_BY_INDEX)
    return marked


_OF_ONE = ("fork", "reap", "signal")
"""Kinds of rows that are merged if one process acts on several."""
_OF_SEVERAL = ("exit", "delivery", "stop", "continue", "adoption", "write", "wait")
"""Kinds of rows that are merged if several processes act alike."""
_PLURALS = {
    "is": "are",
    "continues": "continue",
    "exits": "exit",
    "gets": "get",
    "prints": "print",
    "writes": "write",
    "waits": "wait",
    "sleeps": "sleep",
}

_END_OF_FILE = "end of file"
_PLAIN_END, _REAP_WITHOUT_LANE = "end as it should be", "reap by a process without a lane"
_REST_BEFORE_YOU = "rest before you act"
"""A rest before the user acts; the user's row already implies it."""
_DROPPED_FIRST = (
    *("look", "pipe", "set", "delivery", "read", "session", _REST_BEFORE_YOU),
    *(_PLAIN_END, "news", _REAP_WITHOUT_LANE, "adoption"),
)
"""Kinds of rows in the order in which they are dropped if there is not enough room."""
_CROWDED = 10


def _fitted(chronicle: Chronicle, rows: Sequence[PictureRow], most: int) -> list[PictureRow]:
    """Return at most `most` rows, folded as little as possible.

    If a process sleeps several times, only its last sleep gets a sentence.
    """
    last = {row.who: row for row in rows if row.kind == "wait"}
    shown = [row for row in rows if row.kind != "wait" or row is last[row.who]]
    if len(shown) > min(most, _CROWDED):
        shown = [
            row
            for row in shown
            if row.kind != "wait"
            or row.mark
            or chronicle.processes[row.who].state_at(shown[-1].index) in (WAITING, ASLEEP)
        ]
    if len(shown) > most:
        joined: list[PictureRow] = []
        for row in shown:
            if joined and _is_alike(chronicle, joined[-1], row):
                joined[-1] = _joined(chronicle, joined[-1], row)
            else:
                joined.append(row)
        shown = joined
    kinds = [_kind(chronicle, shown, i) for i in range(len(shown))]
    order = [*_DROPPED_FIRST, *(["rest", _END_OF_FILE] if _END_OF_FILE in kinds else [])]
    dispensable = [i for i, kind in enumerate(kinds) if kind in order and not shown[i].mark]
    dispensable.sort(key=lambda i: order.index(kinds[i]))
    omitted = dispensable[: max(0, len(shown) - most)]
    shown = [row for i, row in enumerate(shown) if i not in omitted]
    if len(shown) > most:
        begin = max(1, (most - 1) * 2 // 3)
        end = len(shown) - max(1, most - 1 - begin)
        left_out = shown[begin:end]
        words = f"… {counted(len(left_out), 'step')} more (:timeline)"
        shown = [*shown[:begin], PictureRow(left_out[-1].index, "gap", "", words), *shown[end:]]
    return shown


def _kind(chronicle: Chronicle, rows: Sequence[PictureRow], index: int) -> str:
    """Return the folding kind of a row: its kind, or a special case."""
    row = rows[index]
    what = chronicle.events[row.index].what
    if isinstance(what, events.Read) and row.kind == "read" and what.count == what.errno == 0:
        return _END_OF_FILE
    is_first = row.who == rows[0].who
    if isinstance(what, events.Exit) and row.kind == "exit" and what.status == 0 and is_first:
        return _PLAIN_END
    if row.kind == "rest" and index + 1 < len(rows) and rows[index + 1].who == YOU:
        return _REST_BEFORE_YOU
    return _REAP_WITHOUT_LANE if (row.kind, row.who) == ("reap", REAPER) else row.kind


def _with_freedom(chronicle: Chronicle, rows: list[PictureRow]) -> list[PictureRow]:
    """Mark the rows that no causal chain connects to the row above."""
    if not chronicle.shows_all_causes:
        return rows
    marked = rows[:1]
    for above, row in pairwise(rows):
        if (
            YOU in (row.who, above.who)
            or row.kind in ("rest", "gap", "look")
            or row.index == above.index
        ):
            is_free = row.kind == above.kind == "wait"
        else:
            # Nothing in one row must precede anything in the other.
            is_free = all(
                chronicle.causes.unordered(first, second)
                for first in (*above.also, above.index)
                for second in (*row.also, row.index)
            )
        marked.append(changed(row, is_free=is_free))
    return marked


def _is_alike(chronicle: Chronicle, above: PictureRow, row: PictureRow) -> bool:
    if above.kind != row.kind or row.mark:
        return False
    if row.kind in _OF_ONE and above.who != row.who:
        return False
    if row.kind == "signal":
        # Failures are not merged: each gets its own row.
        sent = [_plain_signal(chronicle, each) for each in (above, row)]
        return sent[0] == sent[1] != 0 and bool(above.others and row.others)
    if row.kind in _OF_ONE:
        return True
    if row.kind == "exit":
        return _is_killed(chronicle, above) == _is_killed(chronicle, row)
    same = row.phrase == above.phrase or _plural(row.phrase) == above.phrase
    return row.kind in _OF_SEVERAL and same and above.who != row.who


def _plain_signal(chronicle: Chronicle, row: PictureRow) -> int:
    """Return the signal that a row's event sends; 0 if that fails, or it is dropped."""
    what = chronicle.events[row.index].what
    is_sent = isinstance(what, events.SignalSend) and not (what.errno or what.is_dropped)
    return what.signal if isinstance(what, events.SignalSend) and is_sent else 0


def _is_killed(chronicle: Chronicle, row: PictureRow) -> bool:
    what = chronicle.events[row.index].what
    return isinstance(what, events.Exit) and killing_signal(what.status) != 0


def _joined(chronicle: Chronicle, above: PictureRow, row: PictureRow) -> PictureRow:
    also = (*above.also, above.index)
    if row.kind in _OF_ONE:
        others = (*above.others, *row.others)
        sent = Signal(_plain_signal(chronicle, row)).name if row.kind == "signal" else ""
        sends = "send" if row.who == YOU else "sends"
        verb = {"fork": "forks", "reap": "collects", "signal": f"{sends} {sent} to"}[row.kind]
        phrase = f"{verb} {few_or_count([chronicle.label(name) for name in others])}"
        return changed(above, others=others, phrase=phrase, index=row.index, also=also)
    phrase = _plural(row.phrase)
    if phrase != (above.phrase if above.also else _plural(above.phrase)):
        phrase = "are killed" if _is_killed(chronicle, row) else "exit with different statuses"
    return changed(
        above, others=(*above.others, row.who), phrase=phrase, index=row.index, also=also
    )


def _plural(phrase: str) -> str:
    """Return a phrase in the plural.

    >>> _plural("exits with status 0"), _plural("is killed by SIGTERM")
    ('exit with status 0', 'are killed by SIGTERM')
    """
    verb, blank, rest = phrase.partition(" ")
    return f"{_PLURALS.get(verb, verb)}{blank}{rest}"


def few_or_count(names: Sequence[str]) -> str:
    """List names in words, or only count them if there are many, as lanes show them.

    >>> few_or_count(["child", "child 2"]), few_or_count(["a", "b", "c", "d", "e"])
    ('child and child 2', '5 processes')
    """
    return listed(names) if len(names) < 3 else counted(len(names), "process", "processes")
