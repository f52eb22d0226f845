"""What happened, as a picture: time runs down, one lane a process, line numbers at the left.

line  parent  child
  2      ┣━━━━━━┓      parent forks child
  5 ∥    ┊      ┠      child prints “child ”
  6      ┊      ●      child ends, status 0
  7      ┃◀━━━━━┛      parent collects child
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simpsh.course.screen import glyphs
from simpsh.course.screen.folding import fitted
from simpsh.course.screen.grouping import listed
from simpsh.course.screen.lanes import NUMBERS, lanes_for
from simpsh.course.screen.marks import with_marks
from simpsh.course.screen.rows import rows_of
from simpsh.course.screen.styled import Piece, cut, lane_style, line, stripped, styled
from simpsh.course.screen.wording import YOU

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simpsh.course.observation import Observation
    from simpsh.course.screen.lanes import Lanes
    from simpsh.course.screen.rows import Row
    from simpsh.course.screen.styled import Block, Line

MOST_ROWS = 40
"""Of a picture on its own, when nothing else has to be on the screen."""
_SMALL = frozenset(("fork", "write", "exit", "reap", "rest"))
_ACTS = frozenset(
    ("read", "write", "set", "pipe", "session", "failure", "news", "detail", "delivery")
)


@dataclass(slots=True)
class Picture:
    """A drawn run."""

    lines: Block
    seen: set[str] = field(default_factory=set)
    """The signs that occur, for the legend."""


def draw(
    run: Observation,
    *,
    watch: Collection[str] = (),
    width: int = 80,
    most: int = MOST_ROWS,
    bold: Collection[int] = (),
) -> Picture:
    """Draw a run.

    Args:
        run: what was observed.
        watch: variables whose changes are shown.
        width: the longest line, in columns.
        most: the most rows below the heads.
        bold: events whose rows are drawn bold, such as a chain of causes.
    """
    rows = fitted(run.chronicle, with_marks(run, rows_of(run, watch), watch), most)
    return _Drawing(run, width, bold).picture(rows)


def draw_small(run: Observation, width: int) -> Block:
    """Draw who forks, prints, ends and collects, and quote what was printed; no line numbers."""
    rows = [row for row in rows_of(run) if row.kind in _SMALL and not _is_silent(row)]
    return _Drawing(run, width, (), is_small=True).picture(rows).lines


def _is_silent(row: Row) -> bool:
    return row.kind == "write" and not row.phrase.startswith("prints")


class _Drawing:
    def __init__(
        self, run: Observation, width: int, bold: Collection[int], *, is_small: bool = False
    ) -> None:
        self._chronicle = run.chronicle
        self._width = width
        self._bold = frozenset(bold)
        self._is_small = is_small
        self._start = 0 if is_small else NUMBERS
        labels = {
            name: process.label
            for name, process in run.chronicle.processes.items()
            if process.label in run.names
        }
        self._order = list(labels)
        self._labels = labels
        self._lanes: Lanes = lanes_for(labels, width, start=self._start)
        self._seen: set[str] = set()

    def picture(self, rows: Sequence[Row]) -> Picture:
        if not rows:
            # Nothing could be seen: heads alone would say that nothing happened.
            return Picture([])
        lines: Block = [self._heads()]
        lines.extend(cut(self._row(row), self._width) for row in rows)
        return Picture(lines, self._seen)

    def _heads(self) -> Line:
        parts = [] if self._is_small else [Piece("line", "dim")]
        at = 0 if self._is_small else 4
        for column, name, label in self._lanes.heads:
            parts.append(Piece(" " * (column - at)))
            parts.append(Piece(label, f"bold {self._style(name)}" if name else "dim"))
            at = column + len(label)
        return line(*parts)

    def _style(self, name: str) -> str:
        return lane_style(self._order, name)

    # -- one row --------------------------------------------------------------------------------

    def _row(self, row: Row) -> Line:
        number = f"{row.line:>3}" if row.line else "   "
        free = glyphs.FREE if row.is_free else " "
        if row.is_free:
            self._seen.add("free")
        cells = self._states(row)
        self._step(row, cells)
        self._seen.update(glyphs.NOTED[sign] for sign, _ in cells if sign in glyphs.NOTED)
        is_bold = bool(self._bold.intersection((row.index, *row.also)))
        if is_bold:
            self._seen.add("chain")
        drawn = [
            Piece(glyph, f"bold {style}" if is_bold and glyph.strip() else style)
            for glyph, style in cells
        ]
        head = Piece(f"{number} {free} "[: self._start], "dim")
        return stripped(line(head, *_merged(drawn), self._sentence(row, is_bold=is_bold)))

    def _sentence(self, row: Row, *, is_bold: bool) -> Line:
        if self._is_small:
            return self._words(row)
        weight = "bold" if is_bold or row.kind == "rest" else ""
        if row.kind in ("rest", "gap", "look") or not row.who:
            return styled(row.phrase, weight or "dim")
        subject = self._subject(row)
        colon = ":" if row.kind == "set" else ""
        who = Piece(f"{subject}{colon}", f"{weight} {self._style(row.who)}".strip())
        verb, _, text = row.phrase.partition(" “")
        if row.kind == "write" and verb == "prints" and not is_bold:
            return line(who, " prints ", Piece(f"“{text}", "bold"))
        return line(who, " ", Piece(row.phrase, weight))

    def _words(self, row: Row) -> Line:
        """Say in a small picture only what was printed, and that nobody can move any more."""
        if row.kind == "write":
            return styled(row.phrase.removeprefix("prints "), f"bold {self._style(row.who)}")
        return styled("nobody can move", "bold") if row.kind == "rest" else ()

    def _subject(self, row: Row) -> str:
        if row.also and row.kind not in ("fork", "reap", "signal"):
            return listed([self._chronicle.label(name) for name in self._doers(row)])
        return row.who if row.who == YOU else self._chronicle.label(row.who)

    # -- the lanes ------------------------------------------------------------------------------

    def _states(self, row: Row) -> list[tuple[str, str]]:
        """Draw every process's state after the row."""
        cells = [(" ", "")] * (self._lanes.right - self._start)
        for name in self._order:
            column = self._lanes.columns.get(name)
            if row.states is not None:
                state = row.states.get(name, "")
            else:
                state = self._chronicle.processes[name].state_at(row.index)
            if column is None or not state:
                continue
            sign = glyphs.STATES[state]
            if row.kind == "rest" and state != "zombie":
                sign = "…"
            if row.kind == "gap":
                sign = glyphs.GAP
            self._put(cells, column, sign, self._style(name))
        return cells

    def _put(self, cells: list[tuple[str, str]], column: int, sign: str, style: str) -> None:
        place = column - self._start
        if 0 <= place < len(cells):
            cells[place] = (sign, style)

    def _step(self, row: Row, cells: list[tuple[str, str]]) -> None:
        """Draw what the row's event does to the lanes."""
        if row.mark:
            self._put(cells, self._column(row.who) - 2, row.mark, f"bold {self._style(row.who)}")
        steps = {
            "fork": self._fork,
            "reap": self._reap,
            "signal": self._signal,
            "adoption": self._adoption,
            "exit": self._end,
            "exec": self._exec,
        }
        if row.kind in steps:
            steps[row.kind](row, cells)
        elif row.kind in _ACTS and not row.mark:
            for name in self._doers(row) if row.also else (row.who,):
                self._put(cells, self._column(name), glyphs.DID, self._style(name))

    def _end(self, row: Row, cells: list[tuple[str, str]]) -> None:
        for name in self._doers(row):
            self._put(cells, self._column(name), glyphs.END, self._style(name))

    def _exec(self, row: Row, cells: list[tuple[str, str]]) -> None:
        self._seen.add("exec")
        self._own(row, cells, glyphs.NEW_PROGRAM)

    def _own(self, row: Row, cells: list[tuple[str, str]], sign: str) -> None:
        self._put(cells, self._column(row.who), sign, self._style(row.who))

    def _column(self, name: str) -> int:
        return self._lanes.columns.get(name, self._lanes.crowd)

    def _fork(self, row: Row, cells: list[tuple[str, str]]) -> None:
        here = self._column(row.who)
        children = [name for name in row.others if name in self._labels]
        if not children:
            self._own(row, cells, glyphs.DID)
            return
        self._branch(row.who, children, cells, (glyphs.TURN, glyphs.DOUBLE_TURN))
        self._put(cells, here, glyphs.FORK, self._style(row.who))

    def _branch(
        self, who: str, others: list[str], cells: list[tuple[str, str]], turns: tuple[str, str]
    ) -> None:
        """Draw a line from one lane to others, each of which ends it or lets it pass."""
        here = self._column(who)
        places = sorted({self._column(name) for name in others})
        if here < 0 or not places:
            return
        last = others[-1]
        self._across(cells, here, max(places), glyphs.LINE, self._style(last))
        if places[0] < here:
            self._across(cells, places[0], here, glyphs.LINE, self._style(others[0]))
        for name in others:
            column = self._column(name)
            is_last = column == max(places) or column == places[0] < here
            self._put(cells, column, turns[0] if is_last else turns[1], self._style(name))

    def _reap(self, row: Row, cells: list[tuple[str, str]]) -> None:
        children = [name for name in row.others if name in self._labels]
        if row.who not in self._lanes.columns or row.who in children or not children:
            for name in children:
                self._put(cells, self._column(name), glyphs.CORNER, self._style(name))
            return
        self._seen.add("reap")
        here = self._column(row.who)
        self._branch(row.who, children, cells, (glyphs.CORNER, glyphs.DOUBLE_CORNER))
        child = children[0]
        is_right = self._column(child) > here
        head = glyphs.COLLECTED if is_right else glyphs.ARROW_RIGHT
        self._put(cells, here + (1 if is_right else -1), head, self._style(child))

    def _signal(self, row: Row, cells: list[tuple[str, str]]) -> None:
        """Draw a signal from its sender's lane to those it reaches, or from outside."""
        self._seen.add("signal")
        for name in row.others:
            self._arrow(row.who, name, cells, (glyphs.SIGNAL, self._style(row.who)))

    def _adoption(self, row: Row, cells: list[tuple[str, str]]) -> None:
        self._seen.add("adoption")
        orphans = self._doers(row)
        adopter = next((name for name in row.others if name not in orphans), "")
        for name in orphans:
            self._arrow(adopter, name, cells, (glyphs.ADOPTION, self._style(name)))

    def _doers(self, row: Row) -> list[str]:
        """Return who did what a row tells, where it stands for several."""
        return [self._chronicle.owners[index] for index in (*row.also, row.index)]

    def _arrow(
        self, from_: str, to: str, cells: list[tuple[str, str]], dash: tuple[str, str]
    ) -> None:
        here, there = self._column(from_), self._column(to)
        if there < 0:
            return
        if from_ not in self._lanes.columns or from_ == to:
            self._put(cells, there - 2, dash[0], dash[1])
            self._put(cells, there - 1, glyphs.ARROW_RIGHT, dash[1])
            return
        self._across(cells, here, there, *dash)
        is_right = there > here
        head = glyphs.ARROW_RIGHT if is_right else glyphs.ARROW_LEFT
        self._put(cells, there - (1 if is_right else -1), head, dash[1])

    def _across(
        self, cells: list[tuple[str, str]], one: int, other: int, sign: str, style: str
    ) -> None:
        start = self._start
        for column in range(min(one, other) + 1, max(one, other)):
            crossed = cells[column - start][0]
            if crossed == " " or crossed in (glyphs.LINE, sign):
                self._put(cells, column, sign, style)
            elif crossed in glyphs.CROSSINGS:
                self._put(cells, column, glyphs.CROSSINGS[crossed], cells[column - start][1])


def _merged(cells: list[Piece]) -> list[Piece]:
    """Put neighbours of one style together."""
    merged: list[Piece] = []
    for cell in cells:
        if merged and (merged[-1].style == cell.style or not cell.text.strip()):
            merged[-1] = Piece(merged[-1].text + cell.text, merged[-1].style)
        else:
            merged.append(cell)
    return merged
