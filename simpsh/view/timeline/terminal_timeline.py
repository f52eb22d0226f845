"""A recording's timeline for a terminal: times, lanes, and a sentence for each step.

    20.0  ┣━━╂━━P2     P0 forks P2
    21.5  ┃  ◆  ┃      P1 execs ls / (stdout → pipe A)
    22.9  ┊  ┃  ┃      P0 waits for any child     race.c:12

`timeline_sentences` returns the same run as numbered sentences.
"""

from __future__ import annotations

from simpsh.base.phrases import counted, escaped
from simpsh.base.record import Record
from simpsh.view.styled_text import Line, Piece, cut, line, painted, plain, stripped, styled
from simpsh.view.timeline.lane_canvas import LaneCanvas, Lanes, joined, legend
from simpsh.view.timeline.timeline_rows import TimelineRow, rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from simpsh.chronicle.chronicle_model import Chronicle

_HERE = "   ◀ here"
_GAP, _LEAST_SENTENCE = "  ", 24
_MOST_LINES, _MOST_REST_LINES = 3, 12
_COLOURS = 256
_TIME_WIDTH = 9
"""The width of the column of times."""
_SENTENCE_WIDTHS = (34, 44)
_WIDE_LANE, _NARROW_LANE = 3, 2


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
    # The row of an event, or the last row before it.
    marks = {max((r.index for r in rows if r.index <= index), default=-1) for index in marked}
    for drawn in timeline_lines(chronicle, rows, width=width, title=title, marked=marks):
        yield painted(drawn, _COLOURS) if in_colour else plain(drawn)


def timeline_lines(
    chronicle: Chronicle,
    rows: Sequence[TimelineRow],
    *,
    width: int = 80,
    title: str = "",
    clock: str = "ms",
    marked: Collection[int] = (),
) -> Iterator[Line]:
    """Draw rows with a heading and a legend; `clock` is the unit of the left column: ms or step."""
    lanes = lanes_for(chronicle, rows, width)
    canvas = LaneCanvas(chronicle, lanes)
    if title:
        yield cut(styled(escaped(title), "bold"), width)
    yield styled("─" * width, "dim")
    processes = counted(len(chronicle.processes), "process", "processes")
    words = f"{processes}, {counted(len(rows), 'step')}"
    head = line(Piece(f"{clock:>7}  ", "dim"), "lanes".ljust(max(6, lanes.width + 1)), words)
    yield cut(head, width)
    if not rows:
        yield styled("no step of it was recorded", "")
    # Source lines get their own column if the sentences leave enough room.
    room = width - _TIME_WIDTH - lanes.width - 1
    most = room - len(_GAP) - _LEAST_SENTENCE
    site_width = max((len(row.site) for row in rows if len(row.site) <= most), default=0)
    layout = _Layout(room, site_width, 1 if clock == "ms" else 0)
    for row in rows:
        yield from _row_lines(canvas, row, layout, is_marked=row.index in marked)
    yield styled("─" * width, "dim")
    for entries in joined(legend(canvas.drawn, in_full=True), width):
        yield from (styled(words, "dim") for words in fitted(entries, width))
    if others := {row.name for row in rows if row.name in chronicle.processes} - {*lanes.columns}:
        many = counted(len(others), "process", "processes")
        yield styled(f"in the last lane together: {many}", "dim")


class _Layout(Record):
    room: int
    """The columns for sentences and source lines."""
    site_width: int
    """The width of the column of source lines."""
    decimals: int
    """The decimals of a time."""


def _row_lines(
    canvas: LaneCanvas, row: TimelineRow, layout: _Layout, *, is_marked: bool
) -> Iterator[Line]:
    """Draw a step: its time, its lanes, its sentence in up to three lines, its source line."""
    site = escaped(row.site)
    site = site if len(site) <= layout.site_width else ""
    room = layout.room - (len(_HERE) if is_marked else 0)
    room -= layout.site_width + len(_GAP) if site else 0
    most = {"rest": _MOST_REST_LINES, "start": 1}.get(row.kind, _MOST_LINES)
    first, *more = fitted(row.text, room, max_lines=most, placeholder="…")
    style = "bold" if row.kind == "rest" else ""
    sentence = styled(first, style)
    if row.subject and len(row.subject) < len(first):
        subject = Piece(row.subject, canvas.style(row.name))
        sentence = line(subject, Piece(first[len(row.subject) :], style))
    if is_marked:
        sentence = line(sentence, Piece(_HERE, "bold"))
    if site:
        filled = room + (len(_HERE) if is_marked else 0) - len(plain(sentence))
        sentence = line(sentence, " " * filled, _GAP, Piece(site, "dim"))
    time = Piece(f"{row.milliseconds:7.{layout.decimals}f}"[:7], "dim")
    yield stripped(line(time, "  ", *canvas.row(row), " ", sentence))
    for words in more:
        below = line(" " * _TIME_WIDTH, *canvas.states(row), " ", Piece(words, style))
        yield stripped(below)


def lanes_for(chronicle: Chronicle, rows: Sequence[TimelineRow], width: int) -> Lanes:
    """Assign lanes to processes at birth, within `width` columns; they are free after the end.

    Processes that get none share the last lane.
    """
    unlimited, needed = _assign(chronicle, rows, len(chronicle.processes))
    room = width - _TIME_WIDTH - (_SENTENCE_WIDTHS[0] if width < 100 else _SENTENCE_WIDTHS[1])
    longest = max((len(process.label) for process in chronicle.processes.values()), default=0)
    for step in (max(longest + 1, _WIDE_LANE), _WIDE_LANE, _NARROW_LANE):
        if needed * step <= room:
            columns = {name: lane * step for name, lane in unlimited.items()}
            return Lanes(columns, needed * step, names_at_birth=True)
    step = _NARROW_LANE
    lanes, count = _assign(chronicle, rows, max(2, room // step - 1))
    columns = {name: lane * step for name, lane in lanes.items()}
    return Lanes(columns, (count + 1) * step, count * step, names_at_birth=True)


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
        site = f" ({row.site})" if row.site else ""
        yield f"{number}. After {row.milliseconds:.1f} milliseconds: {row.text}{site}."
