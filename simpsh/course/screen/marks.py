"""The callouts of a listing, in the picture: where the engine held a process, and looked."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from simpsh.course.listing import MARKS, Listing
from simpsh.course.screen.rows import Row, line_before
from simpsh.course.screen.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from simpsh.course.observation import Moment, Observation


def with_marks(run: Observation, rows: Sequence[Row], watch: Collection[str] = ()) -> list[Row]:
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
            row = Row(max(0, moment.index), "look", who, "we look", (), line, mark)
            told.insert(_place(told, moment.index), row)
    return told


def _place(rows: Sequence[Row], index: int) -> int:
    """Return where a row stands that comes right after an event."""
    return next((n for n, row in enumerate(rows) if row.index > index), len(rows))


def _changes(run: Observation, moments: Sequence[Moment], watch: Collection[str]) -> Iterator[Row]:
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
                yield Row(later.index, "set", who, phrase, (), line)


def _held(run: Observation, mark: str, moment: Moment) -> str:
    """Return who came to a mark, by its name in the chronicle; empty if that cannot be told."""
    names = {process.label: name for name, process in run.chronicle.processes.items()}
    held = [who for who, look in moment.looks.items() if look.state == "held"]
    if len(held) > 1:
        callouts = Listing(run.source).callouts
        held = [who for who in held if callouts.get(moment.looks[who].line) == mark] or held
    return names.get(held[0], "") if held else ""
