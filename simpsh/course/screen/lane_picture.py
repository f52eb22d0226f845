"""A picture of a run: time runs downwards, each process has a lane, line numbers are on the left.

    line  parent  child
      2      ┣━━━━━━┓      parent forks child
      5 ∥    ┊      ┠      child prints “child ”
      6      ┊      ●      child exits with status 0
      7      ┃◀━━━━━┛      parent collects child

Lanes have the full names of their processes if there is room, otherwise short ones:
`p  c1  c2  +3`. The legend explains each sign once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from simpsh.base.events import Write
from simpsh.base.phrases import quoted
from simpsh.base.record import Mutable, Record, fresh
from simpsh.base.screen_cells import width_of
from simpsh.chronicle.chronicle_model import STATES, THERE
from simpsh.course.claims.observation import YOU, Observation
from simpsh.course.screen.picture_rows import PictureRow, few_or_count, picture_rows
from simpsh.view.styled_text import Block, Line, Piece, cut, lane_style, line, stripped, styled

SIGNS = dict(zip(STATES, "┃┊┊‖z", strict=True))
"""The sign of a lane for each state of its process."""
DID, END, FORK, TURN = "┠", "●", "┣", "┓"
DOUBLE_TURN = "┳"
COLLECTED, CORNER = "◀", "┛"
DOUBLE_CORNER = "┻"
ARROW_RIGHT, ARROW_LEFT = "▶", "◀"
LINE, SIGNAL, ADOPTION = "━", "╌", "┄"
FREE, GAP, NEW_PROGRAM = "∥", "⋮", "◆"
CROSSINGS = {"┃": "╂", "┊": "┼", "‖": "╫", "z": "z"}
"""The sign of a lane that a line crosses."""

NOTED = {"┃": "there", "╂": "there", "┊": "asleep", "┼": "asleep"}
NOTED |= {"‖": "stopped", "╫": "stopped", "z": "zombie"}
"""The legend keys of the signs for states."""

MEANINGS = {
    "there": "┃ {1} ({0})".format(*STATES[THERE]),
    "asleep": "┊ asleep",
    "stopped": "‖ stopped",
    "zombie": "z zombie",
    "exec": "◆ another program",
    "reap": "◀┛ collected",
    "signal": "╌▶ signal",
    "adoption": "┄▶ an orphan is adopted",
    "chain": "bold: a chain of causes",
    "free": "∥ could also have come before the line above",
}
"""The meanings of signs, in the order of the legend, by legend key."""

NUMBERS = 6
"""The width of the line number and the mark of a free row."""
_SENTENCE = 32
"""The minimum width for sentences."""
_WIDE, _SHORT = 8, 4

MOST_ROWS = 40
"""The default limit of rows for a picture without other parts on the screen."""
_SMALL = frozenset(("fork", "write", "exit", "reap", "rest"))
_ACTS = frozenset(
    ("read", "write", "set", "pipe", "session", "failure", "exec-error", "news", "detail")
) | {"delivery"}


_NUMBERED = re.compile(r"(.+) (\d+)|(.+?)(\.[\d.]+)")
"""A label that ends with a number."""


class LanePicture(Mutable):
    """A drawn run."""

    lines: Block
    seen: set[str] = fresh(set)
    """The legend keys of the signs that occur."""


def draw(
    run: Observation,
    *,
    watch: Collection[str] = (),
    width: int = 80,
    most: int = MOST_ROWS,
    bold: Collection[int] = (),
) -> LanePicture:
    """Draw a run with at most `most` rows below the heads; `bold` events are highlighted."""
    return _LaneDrawing(run, width, bold).picture(picture_rows(run, watch, most))


def draw_small(run: Observation, width: int) -> Block:
    """Draw only forks, prints, ends and collections, with quoted output and no line numbers."""
    rows = [
        row
        for row in picture_rows(run)
        if row.kind in _SMALL and (row.kind != "write" or row.index in run.outputs)
    ]
    return _LaneDrawing(run, width, (), is_small=True).picture(rows).lines


class _LaneDrawing:
    def __init__(
        self, run: Observation, width: int, bold: Collection[int], *, is_small: bool = False
    ) -> None:
        self._chronicle = run.chronicle
        self._outputs = frozenset(run.outputs)
        self._width = width
        self._bold = frozenset(bold)
        self._is_small = is_small
        self._start = 0 if is_small else NUMBERS
        labels = {
            name: process.label
            for name, process in run.chronicle.processes.items()
            if name in run.names
        }
        self._order = list(labels)
        self._lanes: Lanes = lanes_for(labels, width, start=self._start)
        self._cells: list[tuple[str, str]] = []
        """The lanes of the current row: a sign and its style for each column."""
        self._seen: set[str] = set()

    def picture(self, rows: Sequence[PictureRow]) -> LanePicture:
        if not rows:
            # Nothing was observed; a picture without rows would claim that nothing happened.
            return LanePicture([])
        heads = [] if self._is_small else [Piece("line", "dim")]
        at = 0 if self._is_small else 4
        for column, name, label in self._lanes.heads:
            heads.append(Piece(" " * (column - at)))
            heads.append(Piece(label, f"bold {self._style(name)}" if name else "dim"))
            at = column + len(label)
        lines: Block = [line(*heads)]
        lines.extend(cut(self._row(row), self._width) for row in rows)
        return LanePicture(lines, self._seen)

    def _style(self, name: str) -> str:
        return lane_style(self._order, name)

    # -- one row --------------------------------------------------------------------------------

    def _row(self, row: PictureRow) -> Line:
        self._cells = [(" ", "")] * (self._lanes.right - self._start)
        for name in self._lanes.columns:
            if state := row.state_of(self._chronicle.processes[name]):
                is_waiting = row.kind == "rest" and state != "zombie"
                sign = GAP if row.kind == "gap" else "…" if is_waiting else SIGNS[state]
                self._sign(name, sign)
        self._step(row)
        self._seen.update(NOTED[sign] for sign, _ in self._cells if sign in NOTED)
        is_bold = bool(self._bold.intersection((row.index, *row.also)))
        self._seen |= {"chain"} if is_bold else set()
        self._seen |= {"free"} if row.is_free else set()
        pieces = [
            Piece(glyph, f"bold {colour}" if is_bold and glyph.strip() else colour)
            for glyph, colour in self._cells
        ]
        number = f"{row.line or '':>3} {FREE if row.is_free else ' '} "
        head = Piece(number[: self._start], "dim")
        return stripped(line(head, *pieces, self._sentence(row, is_bold=is_bold)))

    def _sentence(self, row: PictureRow, *, is_bold: bool) -> Line:
        if self._is_small:
            what = self._chronicle.events[row.index].what
            if isinstance(what, Write):
                return styled(quoted(what.text), f"bold {self._style(row.who)}")
            return styled(row.phrase, "bold") if row.kind == "rest" else ()
        weight = "bold" if is_bold or row.kind == "rest" else ""
        if row.kind in ("rest", "gap", "look") or not row.who:
            return styled(row.phrase, weight or "dim")
        subject = row.who if row.who == YOU else self._chronicle.label(row.who)
        if row.also and row.kind not in ("fork", "reap", "signal"):
            subject = few_or_count([self._chronicle.label(name) for name in self._doers(row)])
        colon = ":" if row.kind == "set" else ""
        who = Piece(f"{subject}{colon}", f"{weight} {self._style(row.who)}".strip())
        if row.index in self._outputs and not row.also and not is_bold:
            verb, _, text = row.phrase.partition(" ")
            return line(who, f" {verb} ", Piece(text, "bold"))
        return line(who, " ", Piece(row.phrase, weight))

    def _doers(self, row: PictureRow) -> list[str]:
        """Return the processes that performed a row's action, if it combines several."""
        if row.kind == "wait":
            # One event stands for all sleeps of a rest.
            return [row.who, *row.others]
        return [self._chronicle.owners[index] for index in (*row.also, row.index)]

    # -- the lanes ------------------------------------------------------------------------------

    def _put(self, column: int, sign: str, style: str) -> None:
        cell = column - self._start
        if 0 <= cell < len(self._cells):
            self._cells[cell] = (sign, style)

    def _sign(self, name: str, sign: str) -> None:
        self._put(self._column(name), sign, self._style(name))

    def _column(self, name: str) -> int:
        return self._lanes.columns.get(name, self._lanes.crowd)

    def _step(self, row: PictureRow) -> None:
        """Draw the effect of the row's event on the lanes."""
        who, own_column = row.who, self._column(row.who)
        if row.mark:
            self._put(own_column - 2, row.mark, f"bold {self._style(who)}")
        children = [name for name in row.others if name in self._order]
        match row.kind:
            case "fork":
                self._branch(who, children, (TURN, DOUBLE_TURN))
                self._sign(who, FORK if children else DID)
            case "reap" if who not in self._lanes.columns or who in children or not children:
                for name in children:
                    self._sign(name, CORNER)
            case "reap":
                self._seen.add("reap")
                self._branch(who, children, (CORNER, DOUBLE_CORNER))
                is_right = self._column(children[0]) > own_column
                head = COLLECTED if is_right else ARROW_RIGHT
                self._put(own_column + (1 if is_right else -1), head, self._style(children[0]))
            case "signal":
                # A line from the sender's lane, or from outside, to the receivers' lanes.
                self._seen.add("signal")
                for name in row.others:
                    self._arrow(who, name, SIGNAL, self._style(who))
            case "adoption":
                self._seen.add("adoption")
                orphans = self._doers(row)
                adopter = next((name for name in row.others if name not in orphans), "")
                for name in orphans:
                    self._arrow(adopter, name, ADOPTION, self._style(name))
            case "exit":
                for name in self._doers(row):
                    self._sign(name, END)
            case "exec":
                self._seen.add("exec")
                self._sign(who, NEW_PROGRAM)
            case _ if row.kind in _ACTS and not row.mark:
                for name in self._doers(row) if row.also else (who,):
                    self._sign(name, DID)

    def _branch(self, who: str, others: list[str], turns: tuple[str, str]) -> None:
        """Draw a line from one lane to others; it ends at or passes through each of them."""
        own_column = self._column(who)
        columns = sorted({self._column(name) for name in others})
        if own_column < 0 or not columns:
            return
        self._across(own_column, columns[-1], LINE, self._style(others[-1]))
        if columns[0] < own_column:
            self._across(columns[0], own_column, LINE, self._style(others[0]))
        for name in others:
            column = self._column(name)
            is_last = column == columns[-1] or column == columns[0] < own_column
            self._sign(name, turns[0] if is_last else turns[1])

    def _arrow(self, from_: str, to: str, dash: str, style: str) -> None:
        start, target = self._column(from_), self._column(to)
        if target < 0:
            return
        is_right = target > start
        if from_ not in self._lanes.columns or from_ == to:
            is_right = True
            self._put(target - 2, dash, style)
        else:
            self._across(start, target, dash, style)
        head = ARROW_RIGHT if is_right else ARROW_LEFT
        self._put(target - (1 if is_right else -1), head, style)

    def _across(self, first: int, second: int, sign: str, style: str) -> None:
        for column in range(min(first, second) + 1, max(first, second)):
            crossed, its_style = self._cells[column - self._start]
            if crossed in (" ", LINE, sign):
                self._put(column, sign, style)
            elif crossed in CROSSINGS:
                self._put(column, CROSSINGS[crossed], its_style)


def legend(seen: Collection[str], explained: Collection[str]) -> list[str]:
    """Return the explanations of signs that no earlier picture contained.

    >>> legend({"zombie", "free"}, {"free"})
    ['z zombie']
    """
    return [words for key, words in MEANINGS.items() if key in seen and key not in explained]


class Lanes(Record):
    """The columns of a picture."""

    columns: Mapping[str, int]
    """The column of each process with a lane, by name."""
    heads: Sequence[tuple[int, str, str]]
    """The heads of the lanes: column, process, its name or short name."""
    right: int
    """The first column of the sentences."""
    crowd: int = -1
    """The shared column of processes without a lane; -1 if all have one."""


def lanes_for(labels: Mapping[str, str], width: int, *, start: int = NUMBERS) -> Lanes:
    """Assign lanes to processes, with full or short names.

    Processes that do not fit share one column.
    """
    full, short = list(labels.values()), short_names(list(labels.values()))
    room = max(2 * _SHORT, width - start - _SENTENCE)
    longest = max(map(width_of, full), default=0)
    closest = max(_SHORT, max(map(len, short), default=0) + 1)
    forms = ((full, max(longest + 1, _WIDE)), (full, max(longest + 1, _SHORT)), (short, closest))
    texts, step = next((form for form in forms if form[1] * len(labels) <= room), forms[-1])
    count = len(labels) if step * len(labels) <= room else max(2, room // step - 1)
    columns, heads = {}, []
    for position, name in enumerate(list(labels)[:count]):
        begin = start + position * step
        columns[name] = begin + (width_of(texts[position]) // 2 if texts is full else 1)
        heads.append((begin, name, texts[position]))
    right = start + step * count
    if count == len(labels):
        return Lanes(columns, heads, right + bool(start))
    heads.append((right, "", f"+{len(labels) - count}"))
    return Lanes(columns, heads, right + step + 1, right + 1)


def short_names(labels: Sequence[str]) -> list[str]:
    """Return distinct short names: as few first letters as possible, and the number.

    >>> short_names(["parent", "child", "child 2", "program"])
    ['pa', 'c', 'c2', 'pr']
    """
    parts = []
    for label in labels:
        numbered = _NUMBERED.fullmatch(label)
        parts.append(
            (numbered[1] or numbered[3], numbered[2] or numbered[4]) if numbered else (label, "")
        )
    words = {word for word, _ in parts}
    short = []
    for word, number in parts:
        others = words - {word}
        length = 1
        while length < len(word) and any(other.startswith(word[:length]) for other in others):
            length += 1
        short.append(word[:length] + number)
    return short
