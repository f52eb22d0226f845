"""The timeline for a terminal: time runs down, a lane for each process, a sentence at the right.

    20.0  ├──╂──P2     P0 forks P2
    21.5  ┃  ◆  ┃      P1 execs ls / (stdout → pipe A)
    22.9  ┊  ┃  ┃      P0 waits for any child

A state is a glyph, and a colour repeats it. `∥` marks a step that could as well have come before
the one above it.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.view.timeline_glyphs import ASCII, COLOURS, UNICODE, legend
from simpsh.view.timeline_lanes import TIME_WIDTH, Layout, layout_of
from simpsh.view.timeline_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from simpsh.chronicle.model import Chronicle
    from simpsh.view.timeline_glyphs import Glyphs
    from simpsh.view.timeline_rows import Row

_MARK_WIDTH = len("   ◀ here")
_ROWS_BETWEEN_HEADS = 40
_MOST_LINES, _MOST_REST_LINES = 3, 12


@dataclass(slots=True)
class Cell:
    """One character of the lanes, and what it is drawn for."""

    glyph: str = " "
    kind: str = ""


def draw(  # noqa: PLR0913 - how a run may be drawn, by keyword
    chronicle: Chronicle,
    *,
    width: int = 80,
    title: str = "",
    is_ascii: bool = False,
    in_colour: bool = False,
    with_details: bool = False,
    clock: str = "ms",
    marked: Collection[int] = (),
) -> Iterator[str]:
    """Draw a run as lines of text.

    Args:
        chronicle: the run.
        width: the terminal's, in characters; the lines are no longer.
        title: what was run, for the first line.
        is_ascii: draw with ASCII characters alone.
        in_colour: repeat the states in colour; the caller knows NO_COLOR and the terminal.
        with_details: show groups, duplicated descriptors and opened files as well.
        clock: what the left column counts: `ms`, or `step` for a run that was made step by step.
        marked: events that the reader is to look at, by index.
    """
    rows = rows_of(chronicle, with_details=with_details)
    layout = layout_of(chronicle, rows, width)
    glyphs = ASCII if is_ascii else UNICODE
    drawing = _Drawing(chronicle, rows, layout, glyphs, width, in_colour=in_colour)
    drawing.clock = clock
    drawing.marked = {_row_at(rows, index) for index in marked}
    return drawing.lines(title)


class _Drawing:
    def __init__(
        self,
        chronicle: Chronicle,
        rows: list[Row],
        layout: Layout,
        glyphs: Glyphs,
        width: int,
        *,
        in_colour: bool,
    ) -> None:
        self._chronicle = chronicle
        self._rows = rows
        self._layout = layout
        self._glyphs = glyphs
        self._width = width
        self._in_colour = in_colour
        self.clock = "ms"
        self.marked: set[int] = set()
        """The events of the rows that the reader is to look at."""
        self._living: dict[str, None] = {}
        self._seen: set[str] = set()

    def lines(self, title: str) -> Iterator[str]:
        if title:
            yield self._paint(_cut(self._plain(title), self._width, self._glyphs), "title")
        count = len(self._chronicle.processes)
        what = f"{_counted(count, 'process', 'processes')}, {_counted(len(self._rows), 'step')}"
        yield self._paint(self._glyphs.rule * self._width, "faint")
        yield (
            self._paint(f"{self.clock:>7}  ", "faint")
            + "lanes".ljust(max(6, self._layout.width + 1))
            + what
        )
        for number, row in enumerate(self._rows):
            if number and number % _ROWS_BETWEEN_HEADS == 0:
                yield self._heads()
            self._enter(row)
            yield from self._row(row)
            self._leave(row)
        yield self._paint(self._glyphs.rule * self._width, "faint")
        for line in legend(self._glyphs, self._seen, self._width):
            yield self._paint(line, "faint")

    def _enter(self, row: Row) -> None:
        if row.name in self._chronicle.processes:
            self._living.setdefault(row.name)
        if row.kind == "fork" and row.other:
            self._living.setdefault(row.other)

    def _leave(self, row: Row) -> None:
        if row.kind == "reap":
            self._living.pop(row.other or row.name, None)

    def _row(self, row: Row) -> Iterator[str]:
        cells = self._states(row)
        self._draw_step(row, cells)
        room = self._width - TIME_WIDTH - self._layout.width - 1
        room -= _MARK_WIDTH if row.index in self.marked else 0
        most = {"rest": _MOST_REST_LINES, "start": 1}.get(row.kind, _MOST_LINES)
        dots = "..." if self._glyphs is ASCII else "…"
        words = textwrap.wrap(
            self._plain(row.text), room, max_lines=most, placeholder=dots, subsequent_indent="  "
        )
        time = f"{row.milliseconds:7.{1 if self.clock == 'ms' else 0}f}"[:7]
        mark = self._glyphs.free if row.is_free else " "
        if row.is_free:
            self._seen.add("free")
        first = words[0] if words else ""
        if row.index in self.marked:
            first += f"   {self._glyphs.left} here"
        head = self._paint(time, "faint") + self._paint(mark, "free") + " "
        yield f"{head}{self._paint_cells(cells)} {self._paint(first, row.kind)}".rstrip()
        if len(words) > 1:
            after = self._paint_cells(self._after(row))
            for more in words[1:]:
                yield f"{'':{TIME_WIDTH}}{after} {self._paint(more, row.kind)}".rstrip()

    def _blank(self) -> list[Cell]:
        return [Cell() for _ in range(self._layout.width)]

    def _states(self, row: Row) -> list[Cell]:
        """Draw every living process's state at this row, and how many have no lane."""
        cells, crowd = self._blank(), 0
        for name in self._living:
            if name not in self._layout.lanes:
                crowd += 1
                continue
            state = self._chronicle.processes[name].state_at(row.index)
            if state:
                self._seen.add(state)
                cells[self._layout.column(name)] = Cell(self._glyphs.states[state], state)
        self._draw_crowd(cells, crowd)
        return cells

    def _draw_crowd(self, cells: list[Cell], crowd: int) -> None:
        if crowd and self._layout.has_crowd:
            self._seen.add("crowd")
            start = self._layout.count * self._layout.lane_width
            for place, char in enumerate(f"+{crowd}"[:4]):
                cells[start + place] = Cell(char, "crowd")

    def _after(self, row: Row) -> list[Cell]:
        cells = self._states(row)
        gone = row.other or row.name
        if row.kind == "reap" and gone in self._layout.lanes:
            cells[self._layout.column(gone)] = Cell()
        return cells

    def _draw_step(self, row: Row, cells: list[Cell]) -> None:
        """Draw what the row's event does to its lanes."""
        glyphs, here = self._glyphs, self._layout.column(row.name)
        has_lane = row.name in self._layout.lanes
        if row.kind == "fork":
            self._draw_fork(row, cells, here)
        elif row.kind == "reap":
            self._draw_reap(row, cells, here)
        elif row.kind in ("signal", "delivery"):
            self._draw_signal(row, cells, here)
        elif row.kind in glyphs.marks and (has_lane or self._layout.has_crowd):
            self._seen.add(row.kind)
            # A process of the crowd makes its mark behind the crowd's number.
            place = here if has_lane else self._layout.width - 1
            cells[place] = Cell(glyphs.marks[row.kind], row.kind)
        elif has_lane and row.kind == "adoption":
            self._seen.add("adoption")
            if self._layout.lane_width > 1:
                cells[here + 1] = Cell(glyphs.adoption, "adoption")

    def _draw_fork(self, row: Row, cells: list[Cell], here: int) -> None:
        self._seen.add("fork")
        if row.name in self._layout.lanes:
            cells[here] = Cell(self._glyphs.branch, "fork")
        if row.other in self._layout.lanes:
            there = self._layout.column(row.other)
            self._line(cells, here, there, self._glyphs.line, "fork")
            self._head(cells, there, row.other)
        elif row.name in self._layout.lanes:
            crowd = self._layout.count * self._layout.lane_width
            self._line(cells, here, crowd, self._glyphs.line, "fork")

    def _head(self, cells: list[Cell], column: int, name: str) -> None:
        """Write a process's name at the top of its lane; the sentence has it where it is cut."""
        label = self._chronicle.label(name)
        free = 1
        while (
            column + free < len(cells) and free < len(label) and cells[column + free].glyph == " "
        ):
            free += 1
        if len(label) > free:
            label = label.lstrip("P") if len(label.lstrip("P")) <= free else self._glyphs.birth
        for place, char in enumerate(label):
            cells[column + place] = Cell(char, "head")

    def _draw_reap(self, row: Row, cells: list[Cell], here: int) -> None:
        self._seen.add("reap")
        there = self._layout.column(row.other)
        if not row.other:
            cells[here] = Cell(self._glyphs.gone, "reap")
            return
        if row.other in self._layout.lanes:
            cells[there] = Cell(self._glyphs.corner, "reap")
        if row.name in self._layout.lanes and row.other in self._layout.lanes:
            self._line(cells, here, there, self._glyphs.line, "reap")
            step = 1 if there > here else -1
            if here + step != there:
                cells[here + step] = Cell(self._glyphs.left if step > 0 else "▶", "reap")

    def _draw_signal(self, row: Row, cells: list[Cell], here: int) -> None:
        sender, target = (row.name, row.other) if row.kind == "signal" else (row.other, row.name)
        lanes = self._layout.lanes
        self._seen.add("signal")
        if sender in lanes and target in lanes and sender != target:
            from_, to = self._layout.column(sender), self._layout.column(target)
            self._line(cells, from_, to, self._glyphs.signal, "signal")
            step = 1 if to > from_ else -1
            cells[to - step] = Cell(self._glyphs.right if step > 0 else self._glyphs.left, "signal")
        elif row.name in lanes and self._layout.lane_width > 1:
            cells[here + 1] = Cell(self._glyphs.left, "signal")

    def _line(self, cells: list[Cell], one: int, other: int, glyph: str, kind: str) -> None:
        for place in range(min(one, other) + 1, max(one, other)):
            crossed = cells[place]
            if crossed.glyph == " ":
                cells[place] = Cell(glyph, kind)
            elif crossed.kind in self._glyphs.crossings:
                cells[place] = Cell(self._glyphs.crossings[crossed.kind], crossed.kind)

    def _heads(self) -> str:
        """Repeat the names above their lanes, for a reader who scrolled."""
        cells = self._blank()
        for name in self._living:
            if name in self._layout.lanes:
                self._head(cells, self._layout.column(name), name)
        text = "".join(cell.glyph for cell in cells)
        return self._paint(f"{'':{TIME_WIDTH}}{text}".rstrip(), "head")

    def _paint_cells(self, cells: list[Cell]) -> str:
        return "".join(self._paint(cell.glyph, cell.kind) for cell in cells)

    def _paint(self, text: str, kind: str) -> str:
        code = COLOURS.get(kind) if self._in_colour else None
        return f"\x1b[{code}m{text}\x1b[0m" if code and text.strip() else text

    def _plain(self, text: str) -> str:
        if self._glyphs is not ASCII:
            return text
        replaced = text.replace("→", "->").replace("←", "<-").replace("–", "-")
        return replaced.encode("ascii", "backslashreplace").decode()


def _row_at(rows: list[Row], index: int) -> int:
    """Return the event of the last row that is not after an event."""
    return max((row.index for row in rows if row.index <= index), default=-1)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _cut(text: str, width: int, glyphs: Glyphs) -> str:
    dots = "..." if glyphs is ASCII else "…"
    return text if len(text) <= width else text[: width - len(dots)] + dots
