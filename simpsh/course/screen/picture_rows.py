"""The rows of a demonstration's picture: its events, moments and rests, with a sentence for each.

The sentences use the names of variables for processes, and pipes or files for descriptors; the
reader of the lesson is `you`. Otherwise they are worded like those of every recording.

Events without a visible counterpart in the code get no row: deliveries of SIGCHLD, waits that do
not block, copies of descriptors, process groups, changes of flags or masks. Those that the
demonstration's own code causes get a row if `watch` or a claim requests one. Each callout of the
listing gets a row of its own, at the moment when its process was held and inspected.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter

from simpsh.base import events
from simpsh.base.events import ROWS
from simpsh.base.phrases import counted, errno_name, escaped, quoted
from simpsh.base.record import changed
from simpsh.base.targets import File, Member, PipeEnd, Target
from simpsh.base.waits import Wait
from simpsh.chronicle.chronicle_model import ASLEEP, THERE
from simpsh.course.claims.demonstration import MARKS, Listing
from simpsh.course.claims.observation import END, HELD, YOU, Observation, ProcessLook
from simpsh.view.event_sentences import Naming, phrase, subject_of
from simpsh.view.timeline.timeline_rows import (
    LISTING,
    RowChooser,
    TimelineRow,
    milliseconds_of,
    others_of,
)
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


EVERYTHING = 1000
"""With at least this many rows, nothing is folded."""


def picture_rows(
    run: Observation, watch: Collection[str] = (), most: int = EVERYTHING
) -> list[TimelineRow]:
    """Return the rows of a run's picture, from top to bottom, at most `most`.

    `watch` names variables whose changes are shown, and details (`close`, `SIGCHLD` …).
    """
    chronicle = run.chronicle
    # The supervisor collects the demonstration's first process. A shell that runs a line has no
    # listing, so its calls are not the demonstration's own.
    first = next(iter(chronicle.processes), "")
    policy = changed(LISTING, details=watch, calls=watch if run.lines else (), first=first)
    # Exclude the end of survivors, which the supervisor kills.
    end = run.moments.get(END)
    chosen = RowChooser(chronicle, policy).indices(end.index if end is not None else None)
    rows = [row for index in chosen for row in _rows_at(run, index)]
    rows = _with_marks(run, rows, watch)
    return rows if most >= EVERYTHING else _fit(rows, most)


def line_before(run: Observation, who: str, index: int) -> int | None:
    """Return the line of a process before it reached the line at an event."""
    arrivals = (arrival for arrival in reversed(run.arrivals) if arrival[1] == who)
    return next((line for event_index, _, line in arrivals if event_index < index), None)


def _row(run: Observation, index: int, kind: str, name: str, words: str) -> TimelineRow:
    """Return a row about a process, with the time of an event."""
    chronicle = run.chronicle
    subject = name if name == YOU else chronicle.label(name) if name and kind != "look" else ""
    time = milliseconds_of(chronicle, index)
    return TimelineRow(index, kind, name, subject, words, milliseconds=time)


def _rows_at(run: Observation, index: int) -> Iterator[TimelineRow]:
    """Yield the rows of an event."""
    event = run.events[index]
    what = event.what
    if isinstance(what, events.Rest):
        yield from _rest(run, index, what)
        return
    if isinstance(what, events.Assign):
        value = quoted(what.value) if isinstance(what.value, str) else repr(what.value)
        owner = run.chronicle.owners[index]
        # The change is noticed at the process's next line, so the line before made it.
        line = line_before(run, owner, index)
        row = _row(run, index, "set", owner, f"{what.variable} = {value}")
        yield changed(row, line=line)
        return
    subject = subject_of(run.chronicle, index)
    is_success = isinstance(what, events.Call) and not what.errno
    # Details that only lessons show.
    kind = "detail" if ROWS[type(what)].option or is_success else ROWS[type(what)].kind
    if event.proc == YOU and isinstance(what, events.Write):
        kind = "keys"
    name, words = (
        run.name_of(subject) if subject is not None else "",
        phrase(LessonNaming(run, index)),
    )
    row = _row(run, index, kind, name, words)
    yield changed(row, others=others_of(run.chronicle, index), line=run.lines.get(index))


def _rest(run: Observation, index: int, rest: events.Rest) -> Iterator[TimelineRow]:
    """Yield the rows of processes that sleep when none can move."""
    later = run.events[index + 1 :]
    if any(isinstance(event.what, events.Rest) for event in later) and not any(
        event.proc == YOU for event in later
    ):
        return
    naming = LessonNaming(run, index)
    for name, wait in rest.waiting:
        process = run.chronicle.processes.get(name)
        # A wait for a child already has a row, from its beginning.
        if process is None or process.state_at(index) not in (ASLEEP, THERE):
            continue
        looks = (
            moment.looks[name]
            for moment in run.moments.values()
            if moment.index >= index and name in moment.looks
        )
        line = next((look.line or None for look in looks), None)
        row = _row(run, index, "wait", name, escaped(naming.wait(name, wait)))
        yield changed(row, line=line)
    # Each process has its own row, which names the object of its wait.
    alone = changed(rest, waiting=())
    words = alone.waking(naming) if rest.wakes else alone.phrase(naming)
    yield _row(run, index, "rest", "", escaped(words))


_BY_INDEX = attrgetter("index")


def _with_marks(
    run: Observation, rows: Sequence[TimelineRow], watch: Collection[str]
) -> list[TimelineRow]:
    """Add a row for each callout, and for watched memory that has changed since the one before."""
    marked = [*rows]
    names = {process.label: name for name, process in run.chronicle.processes.items()}
    callouts = Listing(run.source).callouts
    earlier: Mapping[str, ProcessLook] = {}
    for title, moment in run.moments.items():
        if title[:1] not in MARKS:
            continue
        held = []
        for who, look in moment.looks.items():
            if look.state == HELD:
                held.append(who)
            for variable in look.pages:
                value = look.values.get(variable)
                before = earlier[who].values.get(variable) if who in earlier else value
                if variable in watch and value != before:
                    words = f"{variable} = {quoted(str(value))}"
                    row = _row(run, moment.index, "set", who, words)
                    line = line_before(run, who, moment.index)
                    insort(marked, changed(row, line=line), key=_BY_INDEX)
        earlier = moment.looks
        if held:
            # The process whose line has the mark comes first.
            held.sort(key=lambda who: callouts.get(moment.looks[who].line) != title[:1])
            row = _row(run, max(0, moment.index), "look", names.get(held[0], ""), "we look")
            line = moment.looks[held[0]].line or run.lines.get(moment.index)
            insort(marked, changed(row, line=line, moment=title), key=_BY_INDEX)
    return marked


def _fit(rows: list[TimelineRow], most: int) -> list[TimelineRow]:
    """Return at most `most` rows: the middle is left out.

    If a process sleeps several times, only its last sleep gets a sentence.
    """
    last = {row.name: row for row in rows if row.kind == "wait"}
    shown = [row for row in rows if row.kind != "wait" or row is last[row.name]]
    if len(shown) <= most:
        return shown
    begin = max(1, (most - 1) * 2 // 3)
    end = len(shown) - max(1, most - 1 - begin)
    left_out = shown[begin:end]
    words = f"… {counted(len(left_out), 'step')} more (:timeline)"
    gap = TimelineRow(left_out[-1].index, "gap", "", "", words)
    return [*shown[:begin], gap, *shown[end:]]
