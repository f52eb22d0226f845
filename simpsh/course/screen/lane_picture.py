"""A picture of a run: time runs downwards, each process has a lane, line numbers are on the left.

    line  parent  child
      2      ┣━━━━━━┓      parent forks child
      5      ┊      ┠      child prints “child ”
      6      ┊      ●      child exits with status 0
      7      ┃◀━━━━━┛      parent collects child

Lanes have the full names of their processes if there is room, otherwise short ones:
`pa  ch  ch2  +3`. `view/timeline/lane_canvas.py` draws them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from simpsh.base.phrases import escaped
from simpsh.base.record import Mutable, fresh
from simpsh.base.screen_cells import width_of
from simpsh.course.claims.observation import Observation, base_name
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.view.styled_text import Block, Line, Piece, cut, lane_style, line, stripped, styled
from simpsh.view.timeline.lane_canvas import LaneCanvas, Lanes
from simpsh.view.timeline.timeline_rows import TimelineRow

_NUMBERS = 5
"""The width of the line number and the blanks after it."""
_SENTENCE = 32
"""The minimum width for sentences."""
_WIDE, _SHORT = 8, 4

MOST_ROWS = 40
"""The default limit of rows for a picture without other parts on the screen."""


class LanePicture(Mutable):
    """A drawn run."""

    lines: Block
    drawn: Mapping[str, Collection[str]] = fresh(dict)
    """The signs that occur, by meaning, for the legend."""


def draw(
    run: Observation, *, watch: Collection[str] = (), width: int = 80, most: int = MOST_ROWS
) -> LanePicture:
    """Draw a run with at most `most` rows below the heads."""
    rows = picture_rows(run, watch, most)
    if not rows:
        # Nothing was observed; a picture without rows would claim that nothing happened.
        return LanePicture([])
    lanes, heads = lanes_for(run, width - _NUMBERS - 1, margin=1)
    canvas = LaneCanvas(run.chronicle, lanes, list(run.names))
    lines: Block = [line(Piece("line ", "dim"), *heads)]
    for row in rows:
        number = Piece(f"{row.line or '':>3}  ", "dim")
        sentence = _sentence(run, row)
        lines.append(cut(stripped(line(number, *canvas.row(row), " ", sentence)), width))
    return LanePicture(lines, canvas.drawn)


def _style(run: Observation, name: str) -> str:
    return lane_style(list(run.names), name)


def _sentence(run: Observation, row: TimelineRow) -> Line:
    weight = "bold" if row.kind == "rest" else ""
    if not row.subject:
        return styled(row.phrase, weight or "dim")
    colon = ":" if row.kind == "set" else ""
    who = Piece(f"{row.subject}{colon}", f"{weight} {_style(run, row.name)}".strip())
    if row.index in run.outputs:
        verb, _, text = row.phrase.partition(" ")
        return line(who, f" {verb} ", Piece(text, "bold"))
    return line(who, " ", Piece(row.phrase, weight))


def lanes_for(run: Observation, room: int, *, margin: int = 0) -> tuple[Lanes, Line]:
    """Assign lanes to processes within `room` columns, and return their heads.

    The names are full or short. Processes that do not fit share one column. The margin is at the
    left, for a mark.
    """
    labels = {
        name: process.label
        for name, process in run.chronicle.processes.items()
        if name in run.names
    }
    full, short = list(labels.values()), short_names(list(labels))
    room = max(2 * _SHORT, room - _SENTENCE)
    longest = max(map(width_of, full), default=0)
    closest = max(_SHORT, max(map(len, short), default=0) + 1)
    forms = ((full, max(longest + 1, _WIDE)), (full, max(longest + 1, _SHORT)), (short, closest))
    texts, step = next((form for form in forms if form[1] * len(labels) <= room), forms[-1])
    count = len(labels) if step * len(labels) <= room else max(2, room // step - 1)
    columns: dict[str, int] = {}
    heads = [Piece(" " * margin)]
    for position, name in enumerate(list(labels)[:count]):
        text = texts[position]
        columns[name] = margin + position * step + (width_of(text) // 2 if texts is full else 1)
        style = f"bold {lane_style(list(labels), name)}"
        heads += [Piece(text, style), Piece(" " * (step - width_of(text)))]
    width = margin + step * count
    if count == len(labels):
        return Lanes(columns, width), line(*heads[:-1])
    heads.append(Piece(f"+{len(labels) - count}", "dim"))
    return Lanes(columns, width + step, width + 1), line(*heads)


def short_names(names: Sequence[str]) -> list[str]:
    """Return short names: two letters, and the number.

    >>> short_names(["parent", "child", "child 2"])
    ['pa', 'ch', 'ch2']
    """
    short = []
    for name in names:
        base = base_name(name)
        word, dot, births = base.partition(".")
        short.append(f"{escaped(word)[:2]}{dot}{births}{name[len(base) :].strip()}")
    return short
