"""Which events of a demonstration get a row of its picture, and what stands in it.

Left out is what is not seen in the code: deliveries of SIGCHLD, waits that need not wait,
descriptors moved about, process groups, calls that change flags or masks – unless `watch` names
them: the demonstration's own, or a claim that speaks of what they change. Callouts
of the listing get rows of their own: where a process was held, and looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from simpsh.base import events
from simpsh.base.signal_names import Signal
from simpsh.course.lesson.code_listing import MARKS, Listing
from simpsh.course.lesson.observation import END, Observation, SeenMoment
from simpsh.course.screen.call_wording import changes_something
from simpsh.course.screen.event_wording import YOU, Wording, quoted

KINDS: dict[type[events.What], str] = {
    events.Fork: "fork",
    events.Exec: "exec",
    events.ExecError: "failure",
    events.Exit: "exit",
    events.Reap: "reap",
    events.Reparent: "adoption",
    events.Wait: "sleep",
    events.WaitReturn: "news",
    events.SignalSend: "signal",
    events.SignalDeliver: "delivery",
    events.Stop: "stop",
    events.Continue: "continue",
    events.Pipe: "pipe",
    events.Read: "read",
    events.Write: "write",
    events.SetSid: "session",
    events.Rest: "rest",
    events.Call: "failure",
}
_DETAILS: dict[type[events.What], str] = {
    events.Close: "close",
    events.Dup: "dup2",
    events.Open: "open",
    events.SetPgid: "setpgid",
    events.TcSetPgrp: "tcsetpgrp",
}
"""What gets a row only where `watch` has the call's name."""

_STOPPED, _CONTINUED = 0x7F, 0xFFFF
_NAME = re.compile(r"\bP\d+\b")
_REST_WORDS = (
    (re.compile(r"reads pipe (\w+), which is empty"), r"sleeps in read: \1 is empty"),
    (re.compile(r"reads a pipe .*which is empty"), "sleeps in read: nothing is there"),
    (re.compile(r"writes to pipe (\w+), which is full"), r"sleeps in write: \1 is full"),
    (re.compile(r"waits for a signal"), "waits for a signal"),
    (re.compile(r"waits for a child to end"), "waits for a child"),
)


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One row of a picture: something that a process did, or several alike."""

    index: int
    """The event after which the lanes are drawn."""
    kind: str
    who: str
    """The process's name in the chronicle, or `you`."""
    phrase: str
    others: tuple[str, ...] = ()
    """The other processes in it: children, the collected, the target of a signal."""
    line: int | None = None
    mark: str = ""
    """The callout at which the engine looked, right before."""
    is_free: bool = False
    """Whether it could as well have come before the row above."""
    also: tuple[int, ...] = ()
    """Further events that this row stands for."""
    states: Mapping[str, str] | None = None
    """Every process's state after the row, where rows were put into another legal order."""


def rows_of(run: Observation, watch: Collection[str] = ()) -> list[PictureRow]:
    """Return the rows of a run's picture, from top to bottom.

    Args:
        run: what was observed.
        watch: variables whose changes are shown, and details (`close`, `SIGCHLD` …).
    """
    return _PictureRowChooser(run, watch).rows()


def last_event(run: Observation) -> int:
    """Return the last event of the demonstration itself, before the engine ends who is left."""
    end = run.moments.get(END)
    return end.index if end is not None else len(run.events) - 1


def line_before(run: Observation, owner: str, index: int) -> int | None:
    """Return the line that a process was on before it came to the one at an event."""
    for earlier in range(index - 1, -1, -1):
        what = run.events[earlier].what
        if isinstance(what, events.Line) and run.chronicle.owners[earlier] == owner:
            return what.line
    return None


class _PictureRowChooser:
    def __init__(self, run: Observation, watch: Collection[str]) -> None:
        self._run = run
        self._chronicle = run.chronicle
        self._watch = watch
        self._wording = Wording(run)
        self._waits = {
            interval.begin
            for process in run.chronicle.processes.values()
            for interval in process.intervals
            if interval.state == "waiting"
        }
        self._told_empty: set[str] = set()
        self._first = next(iter(run.chronicle.processes), "")
        """The demonstration's first process, which the engine itself collects."""
        begin = run.events[0].what if run.events else None
        self._beginning = begin.argv if isinstance(begin, events.Start) else ()
        """The command that is the demonstration: one in C is executed after the Start."""

    def rows(self) -> list[PictureRow]:
        found: list[PictureRow] = []
        for index, event in enumerate(self._chronicle.events[: last_event(self._run) + 1]):
            if isinstance(event.what, events.Rest):
                found.extend(self._rest(index, event.what))
            elif isinstance(event.what, events.Assign):
                found.extend(self._set(index, event.what))
            elif self._is_shown(index, event.what):
                found.append(self._row(index))
        return found

    def _row(self, index: int) -> PictureRow:
        event = self._chronicle.events[index]
        kind = "keys" if event.proc == YOU and isinstance(event.what, events.Write) else ""
        if isinstance(event.what, events.Call) and not event.what.errno:
            kind = "detail"
        kind = kind or KINDS.get(type(event.what), "detail")
        who = YOU if event.proc == YOU else self._chronicle.owners[index]
        if isinstance(event.what, events.Reap):
            what = event.what
            # A child that no process had to wait for is gone by itself.
            who = what.child if what.by == "kernel" else what.by or who
        return PictureRow(
            index,
            kind,
            who,
            self._wording.phrase(index),
            self._others(index),
            self._run.lines.get(index),
        )

    def _others(self, index: int) -> tuple[str, ...]:
        match self._chronicle.events[index].what:
            case events.Fork(child=child) | events.Reap(child=child):
                return (child,) if child in self._chronicle.processes else ()
            case events.SignalSend(target=target) if target > 0:
                bearer = self._chronicle.bearer(target, index)
                return (bearer.name,) if bearer is not None else ()
            case events.SignalSend(target=target):
                return self._group(index, -target)
            case events.Reparent(adopter=adopter):
                return (adopter,) if adopter in self._chronicle.processes else ()
            case _:
                return ()

    def _group(self, index: int, group: int) -> tuple[str, ...]:
        """Return who a signal to a group reached: those to whom it was delivered from here."""
        signal = self._chronicle.events[index].what
        number = signal.signal if isinstance(signal, events.SignalSend) else 0
        reached = []
        for later in range(index + 1, len(self._chronicle.events)):
            what = self._chronicle.events[later].what
            is_it = isinstance(what, events.SignalDeliver) and what.signal == number
            if is_it and index in self._chronicle.causes.direct(later):
                reached.append(self._chronicle.owners[later])
        leader = self._chronicle.bearer(group, index)
        return tuple(reached) or ((leader.name,) if leader is not None and group else ())

    def _set(self, index: int, what: events.Assign) -> Iterator[PictureRow]:
        # Memory that is still empty is no value yet.
        if what.variable in self._watch and what.value not in ("", None):
            value = quoted(what.value) if isinstance(what.value, str) else repr(what.value)
            phrase = f"{what.variable} = {value}"
            owner = self._chronicle.owners[index]
            # It is seen when the process comes to its next line: it was made on the one before.
            yield PictureRow(index, "set", owner, phrase, (), line_before(self._run, owner, index))

    # -- which sleep when no process can move-----------------------------------------------------

    def _rest(self, index: int, rest: events.Rest) -> Iterator[PictureRow]:
        later = self._chronicle.events[index + 1 :]
        if any(isinstance(event.what, events.Rest) for event in later) and not any(
            event.proc == YOU for event in later
        ):
            return
        for name, words in rest.waiting:
            process = self._chronicle.processes.get(name)
            # A wait for a child has had its row when it began.
            if process is None or process.state_at(index) not in ("blocked", "running"):
                continue
            yield PictureRow(
                index, "sleep", name, self._sleep(words), (), self._resting_line(index, name)
            )
        yield PictureRow(index, "rest", "", "no process can move any more")

    def _sleep(self, words: str) -> str:
        for pattern, short in _REST_WORDS:
            match = pattern.search(words)
            if match is not None:
                return match.expand(short)
        return _NAME.sub(lambda name: self._chronicle.label(name[0]), words)

    def _resting_line(self, index: int, name: str) -> int | None:
        label = self._chronicle.label(name)
        for moment in self._run.moments.values():
            if moment.index >= index and label in moment.looks:
                return moment.looks[label].line or None
        return None

    # -- what is worth a row --------------------------------------------------------------------

    def _is_shown(self, index: int, what: events.What) -> bool:
        if isinstance(what, tuple(_DETAILS)):
            return _DETAILS[type(what)] in self._watch or bool(getattr(what, "errno", 0))
        if isinstance(what, events.Wait):
            return index in self._waits
        return type(what) in KINDS and self._is_news(index, what)

    def _is_news(self, index: int, what: events.What) -> bool:
        match what:
            case events.WaitReturn():
                return self._is_new_status(index, what)
            case events.SignalDeliver():
                return self._is_felt(index, what)
            case events.Read() | events.Write():
                return self._is_telling(index, what)
            case events.Exec(argv):
                return argv != self._beginning
            case events.ExecError():
                is_last = not isinstance(self._following(index), events.Exec | events.ExecError)
                return is_last or "execve" in self._watch
            case events.Reap(child=child):
                return child != self._first
            case events.Call():
                return (bool(what.errno) and not what.begins) or self._is_watched_call(index, what)
            case _:
                return True

    def _is_watched_call(self, index: int, what: events.Call) -> bool:
        """Return whether a call is watched that changes something, in the demonstration's code."""
        if what.name not in self._watch or what.begins or not changes_something(what):
            return False
        # A shell that runs a line has no lines of its own: what it calls is not the demonstration.
        return bool(self._run.lines) and self._is_own_code(index)

    def _is_own_code(self, index: int) -> bool:
        process = self._chronicle.process_of(index)
        program = process.program_at(index) if process is not None else None
        if process is None or program is None or not program.begin:
            return True
        # Between vfork and exec runs the library that starts a program, such as posix_spawn.
        birth = self._chronicle.events[process.birth].what
        return program.is_copy and getattr(birth, "syscall", "") != "vfork"

    def _is_new_status(self, index: int, what: events.WaitReturn) -> bool:
        if what.errno:
            return True
        status = what.status
        if not what.child_pid:
            return self._is_first_empty(index)
        # None: the waiting process did not want to know it.
        if status is not None and (status & 0xFF == _STOPPED or status == _CONTINUED):
            return True
        return not isinstance(self._following(index), events.Reap)

    def _following(self, index: int) -> events.What | None:
        """Return what the same process did next; None for nothing."""
        owner = self._chronicle.owners[index]
        later = range(index + 1, len(self._chronicle.events))
        return next(
            (
                self._chronicle.events[place].what
                for place in later
                if self._chronicle.owners[place] == owner
            ),
            None,
        )

    def _is_first_empty(self, index: int) -> bool:
        owner = self._chronicle.owners[index]
        if owner in self._told_empty:
            return False
        self._told_empty.add(owner)
        return True

    def _is_felt(self, index: int, what: events.SignalDeliver) -> bool:
        """Return whether a delivery has an effect that no other row tells."""
        name = Signal(what.signal).name
        if what.effect or name == "SIGCONT":
            # A stopped process continues, which has a row, before it gets the signal.
            return name in self._watch
        following = self._following(index)
        if isinstance(following, events.Exit):
            return following.status & _STOPPED != what.signal
        return not isinstance(following, events.Stop | events.Continue)

    def _is_telling(self, index: int, what: events.Read | events.Write) -> bool:
        if what.errno or what.fd in (0, 1, 2):
            return True
        if what.pipe:
            life = self._chronicle.pipes.get(what.pipe)
            return life is not None and bool(life.name)
        return bool(what.text) and self._is_own_code(index)


def with_marks(
    run: Observation, rows: Sequence[PictureRow], watch: Collection[str] = ()
) -> list[PictureRow]:
    """Put each callout to the next row of the process that came to it, or on a row of its own."""
    told = [*rows]
    marks = [(title[:1], moment) for title, moment in run.moments.items() if title[:1] in MARKS]
    for row in _changes(run, [moment for _, moment in marks], watch):
        told.insert(_place(told, row.index), row)
    for number, (mark, moment) in enumerate(marks):
        who = _held(run, mark, moment)
        if not who:
            continue
        until = marks[number + 1][1].index if number + 1 < len(marks) else len(run.events)
        # A row after the next look would be drawn as if this one had come later than that.
        place = next(
            (
                n
                for n, row in enumerate(told)
                if moment.index < row.index <= until and row.who == who and not row.mark
            ),
            None,
        )
        if place is not None:
            told[place] = replace(told[place], mark=mark)
        else:
            line = run.lines.get(moment.index)
            row = PictureRow(max(0, moment.index), "look", who, "we look", (), line, mark)
            told.insert(_place(told, moment.index), row)
    return told


def _place(rows: Sequence[PictureRow], index: int) -> int:
    """Return where a row stands that comes right after an event."""
    return next((n for n, row in enumerate(rows) if row.index > index), len(rows))


def _changes(
    run: Observation, moments: Sequence[SeenMoment], watch: Collection[str]
) -> Iterator[PictureRow]:
    """Tell what was written into watched memory between two looks."""
    for earlier, later in pairwise(moments):
        for who, look in later.looks.items():
            before = earlier.looks.get(who)
            for variable in look.pages:
                value = look.values.get(variable)
                if before is None or variable not in watch or value == before.values.get(variable):
                    continue
                phrase = f"{variable} = {quoted(str(value))}"
                line = line_before(run, who, later.index)
                yield PictureRow(later.index, "set", who, phrase, (), line)


def _held(run: Observation, mark: str, moment: SeenMoment) -> str:
    """Return who came to a mark, by its name in the chronicle; empty if that cannot be told."""
    names = {process.label: name for name, process in run.chronicle.processes.items()}
    held = [who for who, look in moment.looks.items() if look.state == "held"]
    if len(held) > 1:
        callouts = Listing(run.source).callouts
        held = [who for who in held if callouts.get(moment.looks[who].line) == mark] or held
    return names.get(held[0], "") if held else ""
