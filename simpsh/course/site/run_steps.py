"""The steps of a recorded run: those of the terminal's picture, as rows of the timeline's drawing.

Which events are told, and in which words, is decided once, in `course/screen/picture_rows.py`. The
drawing is that of every page, `view/picture`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from simpsh.base import events
from simpsh.course.lesson.code_listing import Listing
from simpsh.course.lesson.observation import Observation
from simpsh.course.screen.event_wording import YOU
from simpsh.course.screen.picture_folding import EVERYTHING, fitted
from simpsh.course.screen.picture_rows import PictureRow, rows_of, with_marks
from simpsh.view.page.page_data import causes_of
from simpsh.view.timeline.step_reasons import reason
from simpsh.view.timeline.timeline_rows import TimelineRow, folded

MOST_STEPS = 150
"""More steps than these are folded: see `timeline_rows.folded`."""
_DRAWN_AS = {"sleep": "wait", "failure": "exec-error"}
_EXPLAINED = frozenset(
    ("fork", "exec", "adoption", "pipe", "stop", "continue", "session", "rest", "reap", "signal")
)
"""Kinds of steps whose rule is told; of the others the lesson itself speaks."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of a recorded run."""

    row: TimelineRow
    line: int
    """The line of the listing that it happened on; 0 if that is not known."""
    mark: str
    """The callout at which everything was looked at right before; empty for none."""
    why: str
    """The rule behind it; empty for none."""
    causes: Sequence[int]
    """The steps of other processes that directly caused it, by place from 0."""
    here: Sequence[tuple[str, int]]
    """The line that each living process came to last, by the process's name."""
    printed: int
    """How many characters had been written to the output."""


def steps_of(run: Observation, watch: Collection[str] = ()) -> tuple[list[RunStep], str]:
    """Return the steps of a run, and a sentence on what was left out; empty for nothing."""
    told = with_marks(run, rows_of(run, watch), watch)
    chosen = sorted(fitted(run.chronicle, told, EVERYTHING), key=lambda one: one.index)
    rows = [_timeline_row(run, one) for one in chosen]
    kept, omission = folded(rows, MOST_STEPS)
    told_of = {id(row): one for row, one in zip(rows, chosen, strict=True)}
    causes = _causes(run, kept)
    found = [_step(run, row, told_of[id(row)], causes[row.index]) for row in kept]
    return found, omission


def _causes(run: Observation, rows: Sequence[TimelineRow]) -> dict[int, list[int]]:
    """Return the steps that caused each event of the rows, of which several may have several."""
    first = {row.index: place for place, row in reversed([*enumerate(rows)])}
    once = [rows[place] for place in sorted(first.values())]
    return {
        row.index: [first[once[cause].index] for cause in its]
        for row, its in zip(once, causes_of(run.chronicle, once), strict=True)
    }


def _timeline_row(run: Observation, one: PictureRow) -> TimelineRow:
    who = "You" if one.who == YOU else run.chronicle.label(one.who)
    text = f"{who} {one.phrase}" if who else f"{one.phrase[:1].upper()}{one.phrase[1:]}"
    kind = _DRAWN_AS.get(one.kind, one.kind)
    name, other = one.who if one.who != YOU else "", next(iter(one.others), "")
    if kind == "exec-error" and not isinstance(_what(run, one), events.ExecError):
        kind = "failure"
    if one.who == YOU and one.kind == "signal":
        # It comes from outside: told of the one that gets it.
        kind, name, other = "delivery", other, ""
    first = run.events[0].ts if run.events else 0
    milliseconds = (run.events[one.index].ts - first) / 1e6
    return TimelineRow(one.index, kind, name, other, text, milliseconds, one.is_free)


def _what(run: Observation, one: PictureRow) -> events.What:
    return run.events[one.index].what


def _step(run: Observation, row: TimelineRow, told: PictureRow, causes: Sequence[int]) -> RunStep:
    return RunStep(
        row,
        told.line or 0,
        told.mark,
        reason(run.chronicle, row) if row.kind in _EXPLAINED and told.who != YOU else "",
        causes,
        list(_positions(run, row.index)),
        _printed_until(run, row.index),
    )


def _positions(run: Observation, index: int) -> Iterator[tuple[str, int]]:
    """Yield where each process is after an event: the line that it came to last."""
    lines = {who: line for place, who, line in run.arrivals if place <= index}
    for process in run.chronicle.processes.values():
        is_born = process.birth <= index
        is_alive = is_born and (process.exit is None or index < process.exit)
        if is_alive and process.label in lines:
            yield process.label, lines[process.label]


def _printed_until(run: Observation, index: int) -> int:
    written = (run.events[place].what for place in run.outputs if place <= index)
    return sum(len(what.text) for what in written if isinstance(what, events.Write))


def line_text(listing: Listing, number: int) -> str:
    """Return a line of a listing without its indentation; empty for 0."""
    return listing.lines[number - 1].strip() if 0 < number <= len(listing.lines) else ""
