"""The timeline for a terminal: time runs down, a lane for each process, a sentence at the right.

    20.0  ├──╂──P2     P0 forks P2
    21.5  ┃  ◆  ┃      P1 execs ls / (stdout → pipe A)
    22.9  ┊  ┃  ┃      P0 waits for any child     race.c:12

Each state has a glyph and a colour. `∥` marks a step that the recording does not order after the
one above: it could have come before, unless memory or a socket orders them. `timeline_sentences`
returns the same run as numbered sentences.
"""

from __future__ import annotations

from simpsh.base.events import ROWS
from simpsh.base.phrases import counted, escaped
from simpsh.base.record import Mutable, Record, fresh
from simpsh.base.targets import Member
from simpsh.chronicle.chronicle_model import STATES, Chronicle
from simpsh.view.event_sentences import subject_of
from simpsh.view.styled_text import lane_code
from simpsh.view.timeline.timeline_rows import TimelineRow, rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence, Set

_MARK_WIDTH = len("   ◀ here")
_GAP, _LEAST_SENTENCE = "  ", 24
_MOST_LINES, _MOST_REST_LINES = 3, 12


class LaneCell(Mutable):
    """One character of the lanes, and the kind of state or step that it shows."""

    glyph: str = " "
    kind: str = ""


def draw_timeline(
    chronicle: Chronicle,
    *,
    width: int = 80,
    title: str = "",
    in_colour: bool = False,
    with_details: bool = False,
    marked: Collection[int] = (),
) -> Iterator[str]:
    """Draw a run as lines of at most `width` columns; `marked` events are highlighted."""
    rows = rows_of(chronicle, with_details=with_details)
    layout = layout_of(chronicle, rows, width)
    # The row of an event, or the last row before it.
    marked_rows = {max((r.index for r in rows if r.index <= index), default=-1) for index in marked}
    most = width - TIME_WIDTH - layout.width - 1 - len(_GAP) - _LEAST_SENTENCE
    drawing = TimelineDrawing(
        chronicle,
        rows,
        layout,
        width,
        in_colour,
        marked=marked_rows,
        # Source lines get their own column if the sentences leave enough room.
        site_width=max((len(row.site) for row in rows if len(row.site) <= most), default=0),
    )
    return drawing.lines(title)


class TimelineDrawing(Mutable):
    """The drawing of a run, from top to bottom."""

    chronicle: Chronicle
    rows: Sequence[TimelineRow]
    layout: LaneLayout
    width: int
    in_colour: bool
    marked: Set[int]
    clock: str = "ms"
    """The unit of the left column: `ms`, or `step`."""
    site_width: int = 0
    """The width of the column of source lines."""
    living: dict[str, None] = fresh(dict)
    """The processes alive at the current row, in order of birth."""
    seen: set[str] = fresh(set)
    """The kinds that were drawn, for the legend."""

    def lines(self, title: str) -> Iterator[str]:
        """Yield the whole drawing."""
        if title:
            title = escaped(title)
            if len(title) > self.width:
                title = f"{title[: self.width - 1]}…"
            yield self._paint(title, "title")
        yield self._paint("─" * self.width, "faint")
        processes = counted(len(self.chronicle.processes), "process", "processes")
        yield (
            self._paint(f"{self.clock:>7}  ", "faint")
            + "lanes".ljust(max(6, self.layout.width + 1))
            + f"{processes}, {counted(len(self.rows), 'step')}"
        )
        yield from self.body() if self.rows else ("no step of it was recorded",)
        yield self._paint("─" * self.width, "faint")
        for line in legend(self.seen, self.width):
            yield self._paint(line, "faint")
        if others := {row.name for row in self.rows if row.name} - self.layout.lanes.keys():
            many = counted(len(others), "process", "processes")
            yield self._paint(f"without a lane of their own: {many}", "faint")

    def body(self) -> Iterator[str]:
        """Yield the lines of the steps."""
        for row in self.rows:
            if row.name in self.chronicle.processes:
                self.living.setdefault(row.name)
            if row.kind == "fork" and row.other:
                self.living.setdefault(row.other)
            cells = self._states(row)
            self._draw_step(row, cells)
            room = self.width - TIME_WIDTH - self.layout.width - 1
            room -= _MARK_WIDTH if row.index in self.marked else 0
            site = escaped(row.site)
            site = site if len(site) <= self.site_width else ""
            room -= self.site_width + len(_GAP) if site else 0
            most = {"rest": _MOST_REST_LINES, "start": 1}.get(row.kind, _MOST_LINES)
            words = fitted(escaped(row.text), room, max_lines=most, placeholder="…")
            time = f"{row.milliseconds:7.{1 if self.clock == 'ms' else 0}f}"[:7]
            mark = _FREE if row.is_free else " "
            if row.is_free:
                self.seen.add("free")
            first = words[0]
            if row.index in self.marked:
                first += f"   {_LEFT} here"
            if site:
                first = f"{first:{room + (_MARK_WIDTH if row.index in self.marked else 0)}}"
            head = self._paint(time, "faint") + self._paint(mark, "free") + " "
            label = self.chronicle.label(row.name)
            is_subject = subject_of(self.chronicle, row.index) == Member(row.name) and row.name
            if is_subject and len(label) < len(first):
                # The name gets the process's colour, the rest the colour of the kind of step.
                sentence = self._paint(label, f"process {row.name}")
                sentence += f" {self._paint(first[len(label) + 1 :], row.kind)}"
            else:
                sentence = self._paint(first, row.kind)
            head = f"{head}{self._paint_cells(cells)} {sentence}"
            if site:
                head = f"{head}{_GAP}{self._paint(site, 'site')}"
            yield head.rstrip()
            if len(words) > 1:
                after = self._paint_cells(self._states(row))
                for more in words[1:]:
                    yield f"{'':{TIME_WIDTH}}{after} {self._paint(more, row.kind)}".rstrip()
            if row.kind == "reap":
                self.living.pop(row.other or row.name, None)

    def _states(self, row: TimelineRow) -> list[LaneCell]:
        """Draw the state of every living process at this row."""
        cells = [LaneCell() for _ in range(self.layout.width)]
        for name in self.living:
            state = self.chronicle.processes[name].state_at(row.index)
            if state and name in self.layout.lanes:
                self.seen.add(state)
                cells[self.layout.column(name)] = LaneCell(_STATE_GLYPHS[state], state)
        return cells

    def _draw_step(self, row: TimelineRow, cells: list[LaneCell]) -> None:
        lanes, here = self.layout.lanes, self.layout.column(row.name)
        has_lane = row.name in lanes
        if row.kind == "fork":
            self.seen.add("fork")
            if has_lane:
                cells[here] = LaneCell(_BRANCH, "fork")
            other_column = self.layout.column(row.other)  # the edge, for a child without a lane
            if has_lane or row.other in lanes:
                self._line(cells, here, other_column, _LINE, "fork")
            if row.other in lanes:
                self._head(cells, other_column, row.other)
        elif row.kind == "reap":
            self._draw_reap(row, cells, here)
        elif row.kind in ("signal", "delivery"):
            sender, target = (
                (row.name, row.other) if row.kind == "signal" else (row.other, row.name)
            )
            self.seen.add("signal")
            if sender in lanes and target in lanes and sender != target:
                from_, to = self.layout.column(sender), self.layout.column(target)
                self._line(cells, from_, to, _SIGNAL, "signal")
                step, head = (1, _RIGHT) if to > from_ else (-1, _LEFT)
                cells[to - step] = LaneCell(head, "signal")
            elif has_lane:
                cells[here + 1] = LaneCell(_LEFT, "signal")
        elif has_lane and row.kind in _MARKS:
            self.seen.add(row.kind)
            cells[here] = LaneCell(_MARKS[row.kind], row.kind)
        elif has_lane and row.kind == "adoption":
            self.seen.add("adoption")
            cells[here + 1] = LaneCell(_ADOPTION, "adoption")

    def _head(self, cells: list[LaneCell], column: int, name: str) -> None:
        """Write a process's name at the top of its lane; if there is no room, a corner instead."""
        label = self.chronicle.label(name)
        following = cells[column + 1 : column + len(label)]
        if len(following) < len(label) - 1 or any(cell.glyph != " " for cell in following):
            label = "╮"
        for index, char in enumerate(label):
            cells[column + index] = LaneCell(char, f"process {name}")

    def _draw_reap(self, row: TimelineRow, cells: list[LaneCell], here: int) -> None:
        self.seen.add("reap")
        other_column = self.layout.column(row.other)
        if not row.other:
            if row.name in self.layout.lanes:
                cells[here] = LaneCell("✕", "reap")
            return
        if row.other in self.layout.lanes:
            cells[other_column] = LaneCell(_CORNER, "reap")
        if row.name in self.layout.lanes and row.other in self.layout.lanes:
            self._line(cells, here, other_column, _LINE, "reap")
            step, head = (1, _LEFT) if other_column > here else (-1, _RIGHT)
            if here + step != other_column:
                cells[here + step] = LaneCell(head, "reap")

    def _line(self, cells: list[LaneCell], start: int, end: int, glyph: str, kind: str) -> None:
        for index in range(min(start, end) + 1, max(start, end)):
            crossed = cells[index]
            if crossed.glyph == " ":
                cells[index] = LaneCell(glyph, kind)
            elif crossed.kind in _CROSSINGS:
                cells[index] = LaneCell(_CROSSINGS[crossed.kind], crossed.kind)

    def _paint_cells(self, cells: list[LaneCell]) -> str:
        return "".join(self._paint(cell.glyph, cell.kind) for cell in cells)

    def _paint(self, text: str, kind: str) -> str:
        name = kind.removeprefix("process ")
        code = COLOURS.get(kind, "") if name == kind else f"1;{lane_code(name) or '32'}"
        code = code if self.in_colour else ""
        return f"\x1b[{code}m{text}\x1b[0m" if code and text.strip() else text


TIME_WIDTH = 9
"""The width of the column of times, and the mark of a row that could come earlier."""
_SENTENCE_WIDTHS = (34, 44)
_WIDE_LANE, _NARROW_LANE = 3, 2


class LaneLayout(Record):
    """The lanes of processes: assigned at birth, and free after the end; none if too many live."""

    lanes: dict[str, int]
    count: int
    lane_width: int
    """Characters for each lane."""

    @property
    def width(self) -> int:
        """Characters for all lanes together."""
        return self.count * self.lane_width

    def column(self, name: str) -> int:
        """Return the column of a process's lane; the edge for a process without a lane."""
        return self.lanes.get(name, self.count) * self.lane_width


def layout_of(chronicle: Chronicle, rows: Sequence[TimelineRow], width: int) -> LaneLayout:
    """Assign lanes to processes, within `width` characters."""
    unlimited, needed = _assign(chronicle, rows, len(chronicle.processes))
    room = width - TIME_WIDTH - (_SENTENCE_WIDTHS[0] if width < 100 else _SENTENCE_WIDTHS[1])
    longest = max((len(process.label) for process in chronicle.processes.values()), default=0)
    for lane_width in (max(longest + 1, _WIDE_LANE), _WIDE_LANE, _NARROW_LANE):
        if needed * lane_width <= room:
            return LaneLayout(unlimited, needed, lane_width)
    lanes, count = _assign(chronicle, rows, max(2, room // _NARROW_LANE))
    return LaneLayout(lanes, count, _NARROW_LANE)


def _assign(
    chronicle: Chronicle, rows: Sequence[TimelineRow], limit: int
) -> tuple[dict[str, int], int]:
    """Walk through the rows; return the lanes and how many are used."""
    lanes: dict[str, int] = {}
    free: set[int] = set()
    met: set[str] = set()
    used = 0
    for row in rows:
        born = row.other if row.kind == "fork" else row.name if row.kind != "reap" else ""
        if born and born not in met:
            # A process without a lane at birth gets none later.
            met.add(born)
            # Prefer the first free lane to the right of the parent's.
            parent = lanes.get(row.name, -1)
            lane = min((number for number in free if number > parent), default=None)
            if lane is None and used < limit:
                lane, used = used, used + 1
            if lane is not None:
                lanes[born] = lane
                free.discard(lane)
        name = row.other or row.name
        process = chronicle.processes.get(name) if row.kind == "reap" else None
        gone = name if process is not None and process.reap == row.index else ""
        if gone in lanes:
            free.add(lanes[gone])
    return lanes, used


_MARKED = [row for row in ROWS.values() if row.mark]
_MARKS = {row.kind: row.mark for row in _MARKED}
_STATE_GLYPHS = dict(zip(STATES, "┃┊┆‖z", strict=True))
_CROSSINGS = dict(zip(STATES, "╂┼┼╫z", strict=True))
"""Glyphs for a state that a line crosses."""
_BRANCH, _LINE, _CORNER, _LEFT, _RIGHT = "├─╯◀▶"
_SIGNAL, _ADOPTION, _FREE = "╌⤳∥"
COLOURS = {
    **{row.kind: row.colour for row in ROWS.values() if row.colour},
    **dict(zip(STATES, ("94", "2", "2", "33", "31"), strict=True)),
    "free": "1;33",
    "faint": "2",
    "site": "2",
    "title": "1",
}
"""SGR parameters; other kinds are not coloured."""


def legend(seen: Set[str], width: int) -> list[str]:
    """Return the meanings of the characters in a drawing, as lines."""
    words = {
        **{
            state: f"{_STATE_GLYPHS[state]} {words} ({evidence})"
            for state, (evidence, words) in STATES.items()
        },
        **{row.kind: f"{row.mark} {row.meaning or row.kind}" for row in _MARKED},
        "fork": f"{_BRANCH}{_LINE} fork",
        "reap": f"{_LEFT}{_LINE}{_CORNER} collected",
        "signal": f"{_SIGNAL}{_RIGHT} signal",
        "adoption": f"{_ADOPTION} adopted",
        "free": f"{_FREE} nothing recorded puts it after the row above",
    }
    lines: list[str] = []
    for kind, text in words.items():
        if kind in seen and lines and len(lines[-1]) + len(text) + 3 <= width:
            lines[-1] += f"   {text}"
        elif kind in seen:
            lines.append(text)
    return lines


def fitted(text: str, width: int, **limits: int | str) -> list[str]:
    """Wrap a text, with further lines indented; `limits` are passed to textwrap.wrap().

    >>> fitted("note: the recording is cut short: its writer was killed", 40)
    ['note: the recording is cut short: its', '  writer was killed']
    """
    if len(text) <= width:
        return [text]
    import textwrap  # slow to import

    options = {"subsequent_indent": "  ", "break_on_hyphens": False, **limits}
    return textwrap.wrap(text, width, **options)  # type: ignore[arg-type]


def timeline_sentences(
    chronicle: Chronicle, *, title: str = "", with_details: bool = False
) -> Iterator[str]:
    """Yield a run as numbered sentences, for screen readers."""
    rows = rows_of(chronicle, with_details=with_details)
    if title:
        yield f"This is what happened when this ran: {title}"
    processes = counted(len(chronicle.processes), "process", "processes")
    verb = "was" if len(chronicle.processes) == 1 else "were"
    yield f"There {verb} {processes} and {counted(len(rows), 'step')}."
    for number, row in enumerate(rows, start=1):
        chance = " Nothing recorded puts it after the step above." if row.is_free else ""
        site = f" ({row.site})" if row.site else ""
        yield f"{number}. After {row.milliseconds:.1f} milliseconds: {row.text}{site}.{chance}"
