"""The timeline as SVG: a lane for each process, a column for each step, time to the right.

A page's script may change columns and lanes, so each element has its position as data: `data-i` is
its step, `data-l` its lane, `data-e` the step at which a bar ends. `data-a` and `data-b` are the
lanes of an arrow, `data-d` a mark's distance from the middle of its lane. `data-j` and `data-w` are
the room that words need.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.events import Pipe, SignalDeliver, SignalSend
from simpsh.base.phrases import counted, short_status, shorten
from simpsh.base.process_names import colour_of
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.base.targets import Actor, Member
from simpsh.chronicle.chronicle_model import (
    STATES,
    THERE,
    Chronicle,
    DescriptorTable,
    ProcessLife,
    ProgramRun,
)
from simpsh.view.design.design_tokens import with_values
from simpsh.view.event_sentences import Naming, Redirected, redirections
from simpsh.view.picture.svg_elements import (
    DEFINITIONS,
    MARKS,
    SHAPES,
    moved,
    number,
    pill,
    pill_width,
    pipe,
    plain,
    ring,
    svg,
    tag,
)
from simpsh.view.timeline.timeline_rows import TimelineRow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.chronicle.chronicle_model import LifeState

ABOVE, BAR, BELOW = "above", "bar", "below"
_MARGIN = 4.0
_REACH = 7.0
"""The extent of marks and arrowheads to each side of their step."""
_FARTHEST = 20
"""How many steps ahead the room for words is looked at."""


class Edge(Record):
    """A vertical arrow at one step."""

    kind: str
    step: int
    source: int | None
    """The lane of its source; None for outside, drawn from above."""
    target: int

    def crosses(self, lane: int, zone: str) -> bool:
        """Return whether the arrow is in a zone of a lane."""
        other = self.target - 1 if self.source is None else self.source
        low, high = sorted((other, self.target))
        return low < lane < high or (lane, zone) in ((low, BELOW), (high, ABOVE))


CHARACTER = 6.2
"""The width of a character of a note."""
_LONGEST_NOTE = 26


class Words(Record):
    """Words next to a mark."""

    lane: int
    zone: str
    offset: float
    width: float
    kind: str
    text: str
    is_pill: bool = False
    is_good: bool = False


class StepMarks(Record):
    """The drawing of one step."""

    lane: int | None
    """The lane of its mark; None if its process is not drawn."""
    shape: str = ""
    """SVG around the middle of the lane, or around the bar's edge for another zone."""
    zone: str = BAR
    edge: Edge | None = None
    words: tuple[Words, ...] = ()

    def takes(self, lane: int, zone: str) -> bool:
        """Return whether a part of the drawing is in a zone of a lane."""
        return (
            (bool(self.shape) and (self.lane, self.zone) == (lane, zone))
            or any((word.lane, word.zone) == (lane, zone) for word in self.words)
            or (self.edge is not None and self.edge.crosses(lane, zone))
        )


_PLAIN = {"exec-error": BAR, "exit": BAR, "read": BELOW, "write": ABOVE, "close": ABOVE}
"""Steps that draw only a shape, in this zone."""


def marks_of(
    chronicle: Chronicle, lanes: Mapping[Actor, int], step: int, row: TimelineRow
) -> StepMarks:
    """Return the drawing of a step."""
    lane = lanes.get(Member(row.name))
    if lane is None:
        return StepMarks(None)
    other = lanes.get(Member(row.other))
    match row.kind:
        case "fork":
            edge = Edge("fork", step, lane, other) if other is not None else None
            return StepMarks(lane, SHAPES["fork"], edge=edge)
        case "exec":
            words = _redirection_notes(lane, redirections(chronicle, row.index))
            return StepMarks(lane, SHAPES["exec"], words=words)
        case "reap":
            return _reap_marks(chronicle, lanes, step, row)
        case "adoption":
            parent = chronicle.processes[row.name].parent_at(row.index)
            adopter = lanes.get(parent) if parent is not None else None
            if adopter is None:
                return StepMarks(lane)
            note = _note(adopter, ABOVE if adopter > lane else BELOW, "adopted", "adoption", 8)
            edge = Edge("adoption", step, lane, adopter)
            return StepMarks(lane, SHAPES["adoption"], edge=edge, words=(note,))
        case "signal" | "delivery":
            return _signal_marks(chronicle, lanes, step, row)
        case "pipe":
            event = chronicle.events[row.index].what
            assert isinstance(event, Pipe)
            letter = Naming(chronicle, row.index).pipe(event.pipe, event.name)
            return StepMarks(lane, pipe(letter or "?"), zone=ABOVE)
        case kind if kind in _PLAIN:
            return StepMarks(lane, SHAPES[kind], zone=_PLAIN[kind])
        case _:
            return StepMarks(lane)


def _note(lane: int, zone: str, text: str, kind: str, offset: float) -> Words:
    text = shorten(text, _LONGEST_NOTE)
    return Words(lane, zone, offset, CHARACTER * len(text), f"note {kind}".strip(), text)


def _redirection_notes(lane: int, changes: Sequence[Redirected]) -> tuple[Words, ...]:
    """Return notes: inputs above the lane, outputs below."""
    inputs = ", ".join(change.note for change in changes if not change.number)
    outputs = ", ".join(change.note for change in changes if change.number)
    rows = ((ABOVE, inputs), (BELOW, outputs))
    return tuple(_note(lane, zone, text, "", 8) for zone, text in rows if text)


def _reap_marks(
    chronicle: Chronicle, lanes: Mapping[Actor, int], step: int, row: TimelineRow
) -> StepMarks:
    """Draw the status at the end of the zombie's lane, and an arrow to the reaper."""
    name = row.other if Member(row.other) in lanes else row.name
    process, lane = chronicle.processes[name], lanes[Member(name)]
    reaper = Member(row.name) if name != row.name else process.collector
    to = lanes.get(reaper) if reaper is not None else None
    status = short_status(process.status) if process.status is not None else "?"
    is_good = status == "0"
    width = pill_width(status)
    # A pill needs no margin.
    words = Words(lane, BAR, -8, width - _MARGIN, "", status, is_pill=True, is_good=is_good)
    edge = Edge("reap", step, lane, to) if to is not None and to != lane else None
    return StepMarks(lane, ring(is_good=is_good), edge=edge, words=(words,))


def _signal_marks(
    chronicle: Chronicle, lanes: Mapping[Actor, int], step: int, row: TimelineRow
) -> StepMarks:
    """Draw an arrow from sender to target, with the signal's name at its head."""
    own, other = Member(row.name), Member(row.other)
    sender, target = (own, other) if row.kind == "signal" else (other, own)
    lane, what = lanes[own], chronicle.events[row.index].what
    number = what.signal if isinstance(what, SignalSend | SignalDeliver) else 0
    short = Signal(number).name.removeprefix("SIG") if number else ""
    if target not in lanes:
        note = _note(lane, BELOW, f"{short} →", "signal", 7)
        return StepMarks(lane, SHAPES["signal"], words=(note,))
    to, source = lanes[target], lanes.get(sender) if sender != target else None
    zone = ABOVE if source is None or source < to else BELOW
    note = _note(to, zone, short, "signal", 8)
    shape = SHAPES["signal"] if source == lane else ""
    edge = Edge("signal", step, source, to)
    return StepMarks(lane, shape, edge=edge, words=(note,))


LANE, TOP, LEFT, LABELS, AXIS = 44, 12, 24, 132, 36
"""Sizes in pixels: lane height, margins above and at the left, width of names, axis height."""
_WIDEST, _NARROWEST = 46, 18
_PAGE = 1240
HEIGHTS = dict(zip(STATES, (16, 5, 5, 16, 10), strict=True))
_EDGES = {ABOVE: -8, BAR: 0, BELOW: 8}
"""The distance of a zone's marks from the middle of the lane."""
_BOLD = 7.1
"""The width of a character of a program's name."""
_PAUSE_MILLISECONDS, _PAUSE_SHARE = 8, 0.02
_LABEL_LETTERS = 15


def in_tree_order(lives: Sequence[ProcessLife]) -> list[ProcessLife]:
    """Return processes so that each is followed by its descendants; the arrows cross less lanes."""
    children: dict[Actor | None, list[ProcessLife]] = {}
    drawn = {Member(life.name) for life in lives}
    for life in lives:
        children.setdefault(life.parent if life.parent in drawn else None, []).append(life)
    ordered, left = [], children.get(None, [])[::-1]
    while left:
        ordered.append(life := left.pop())
        left += reversed(children.get(Member(life.name), []))
    return ordered


class TimelinePicture:
    """The drawing of a run: positions of processes and steps, and elements in painting order."""

    def __init__(
        self, chronicle: Chronicle, rows: Sequence[TimelineRow], *, is_image: bool = False
    ) -> None:
        """Prepare a drawing; an image has no tooltips, and no data for a script."""
        self._is_image = is_image
        self.chronicle = chronicle
        self.rows = rows
        named = {row.name for row in rows} | {row.other for row in rows}
        lives = in_tree_order([life for life in chronicle.processes.values() if life.name in named])
        drawn = [Member(life.name) for life in lives]
        adopters = {adopter for life in lives for _, adopter in life.adoptions}
        self.adopters = sorted(adopters - set(drawn), key=chronicle.label)
        self.lanes: dict[Actor, int] = {
            actor: lane for lane, actor in enumerate((*drawn, *self.adopters))
        }
        self.column = max(_NARROWEST, min(_WIDEST, (_PAGE - LABELS - 60) / max(1, len(rows))))
        self.width = LEFT + len(rows) * self.column + 30
        self.height = TOP + len(self.lanes) * LANE + TOP
        self._indices = [row.index for row in rows]
        # In a lesson, a demonstration's program has the name of its first process.
        self._names = [process.label for process in chronicle.processes.values()]
        self._marks = [marks_of(chronicle, self.lanes, step, row) for step, row in enumerate(rows)]

    def _tag(self, name: str, content: str = "", **attributes: object) -> str:
        if self._is_image:
            attributes = {key: attributes[key] for key in attributes if key[:5] != "data_"}
        return tag(name, content, **attributes)

    def _text(self, content: str, **attributes: object) -> str:
        return self._tag("text", plain(content), **attributes)

    @property
    def processes(self) -> list[ProcessLife]:
        """The processes that have a lane, in the order of lanes."""
        return [life for name in self.lanes if (life := self._life(name)) is not None]

    def _life(self, actor: Actor) -> ProcessLife | None:
        """Return the process of a lane; None for an adopter from outside."""
        if not isinstance(actor, Member) or actor in self.adopters:
            return None
        return self.chronicle.processes.get(actor.name)

    def x(self, step: float) -> float:
        """Return the x coordinate of a step."""
        return LEFT + step * self.column

    def y(self, lane: int) -> float:
        """Return the middle of a lane."""
        return TOP + (lane + 0.5) * LANE

    def step_of(self, index: int | None) -> int:
        """Return the first step that is not before an event; the end for None."""
        return len(self.rows) if index is None else bisect_left(self._indices, index)

    def as_of(self, table: DescriptorTable) -> tuple[int, dict[int, int]]:
        """Return the step at which a table was recorded, and later steps by descriptor.

        The step is -1 if all changes of the table have been followed since.
        """
        if table.is_followed or not table.shown_at:
            return -1, {}
        steps = {n: bisect_right(self._indices, index) - 1 for n, index in table.shown_at.items()}
        usual = min(steps.values())
        return max(0, usual), {n: step for n, step in steps.items() if step > max(0, usual)}

    def stretches(self, process: ProcessLife) -> Iterator[tuple[LifeState, int, int]]:
        """Yield a process's states as stretches of steps; shorter ones are omitted."""
        for interval in process.intervals:
            begin, end = self.step_of(interval.begin), self.step_of(interval.end)
            if end > begin:
                yield interval.state, begin, end

    def kinds(self) -> list[str]:
        """Return the states and kinds of steps that occur in the drawing, for a legend."""
        states = {state for process in self.processes for state, _, _ in self.stretches(process)}
        return [*states, *{row.kind for row in self.rows}]

    def labels(self) -> str:
        """Draw the names of the lanes, as a separate SVG that stays in view."""
        return svg(self._labels(), LABELS, self.height, class_="labels", aria_hidden="true")

    def axis(self) -> str:
        """Draw the numbers of the steps, and pauses between steps."""
        content = "".join((*self._numbers(), *self._pauses()))
        return svg(content, self.width, AXIS, class_="axis", aria_hidden="true")

    def timeline(self, name: str = "timeline") -> str:
        """Draw everything except the names, the axis, and the definitions of svg_elements."""
        processes = counted(len(self.processes), "process", "processes")
        count = f"{processes}, {counted(len(self.rows), 'step')}"
        content = (
            tag("title", "Process timeline")
            + tag("desc", f"{count}. The same steps are listed as text below the picture.")
            + tag("g", self._content(with_hidden=True), class_="content")
        )
        return svg(content, self.width, self.height, id=name, role="img")

    def slide(self, title: str = "") -> str:
        """Draw everything into one independent SVG file, in light colours."""
        above = AXIS + (34 if title else 0)
        width, height = LABELS + self.width, self.height + above
        body = (
            tag("style", with_values(" ".join(MARKS.split())))
            + DEFINITIONS
            + tag("rect", class_="card", width=round(width), height=height)
            + (self._text(shorten(title, 110), class_="title", x=14, y=26) if title else "")
            + tag("g", self._labels(), transform=moved(0, above))
            + tag(
                "g",
                "".join((*self._numbers(), *self._pauses())),
                class_="axis",
                transform=moved(LABELS, above - AXIS),
            )
            + tag("g", self._content(with_hidden=False), transform=moved(LABELS, above))
        )
        inside = svg(body, width, height, class_="timeline alone")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{inside}\n'

    def _labels(self) -> str:
        parts = []
        for name, lane in self.lanes.items():
            process = self._life(name)
            if process is None:
                label = shorten(self.chronicle.label(name), _LABEL_LETTERS)
                inside = self._text(label, class_="outsider", x=14, y=4)
            else:
                program = self._program_name(process.programs[-1]) if process.programs else ""
                label = shorten(process.label, _LABEL_LETTERS - 2)
                colour = colour_of(process.label, self._names)
                inside = self._text(label, class_=f"name lane-{colour}", x=14, y=4) + self._text(
                    shorten(program, max(1, _LABEL_LETTERS - len(label))),
                    class_="program",
                    x=round(22 + _BOLD * len(label)),
                    y=4,
                )
            parts.append(
                self._tag("g", inside, class_="lane", data_l=lane, transform=moved(0, self.y(lane)))
            )
        return "".join(parts)

    def _program_name(self, program: ProgramRun) -> str:
        return "" if program.name in self._names else program.name

    def _numbers(self) -> Iterator[str]:
        """Number the columns, which are equally wide whatever time the steps took."""
        stride = 1 if self.column >= 34 else 5
        for step in range(len(self.rows)):
            if step == 0 or (step + 1) % stride == 0:
                yield self._text(str(step + 1), class_="number", x=self.x(step), y=14)

    def _pauses(self) -> Iterator[str]:
        """Draw long pauses between two columns."""
        until = len(self.rows)
        for step, milliseconds in reversed(self._jumps()):
            is_long = milliseconds >= 10_000
            words = f"+{milliseconds / 1000:.1f} s" if is_long else f"+{milliseconds:.0f} ms"
            needed = CHARACTER * len(words) + 8
            fits = self.column * (until - step) >= needed
            yield self._text(
                words,
                class_="pause",
                x=4,
                y=30,
                data_i=step,
                data_j=until,
                data_w=round(needed),
                transform=moved(self.x(step - 0.5), 0),
                display=None if fits else "none",
            )
            until = step

    def _jumps(self) -> list[tuple[int, float]]:
        times = [row.milliseconds for row in self.rows]
        span = times[-1] - times[0] if times else 0
        least = max(_PAUSE_MILLISECONDS, _PAUSE_SHARE * span)
        return [
            (step, times[step] - times[step - 1])
            for step in range(1, len(times))
            if times[step] - times[step - 1] > least
        ]

    def _content(self, *, with_hidden: bool) -> str:
        """Draw the timeline's content, back to front."""
        words = [
            self._word(word, step, with_hidden=with_hidden)
            for step, mark in enumerate(self._marks)
            for word in mark.words
        ]
        for process in self.processes:
            words += self._program_words(process, with_hidden=with_hidden)
        layers = (
            ("guides", self._guides()),
            ("edges", self._edges()),
            ("bars", self._bars()),
            ("marks", self._steps()),
            ("words", words),
        )
        return "".join(tag("g", "".join(drawn), class_=name) for name, drawn in layers)

    def _guides(self) -> Iterator[str]:
        for name, lane in self.lanes.items():
            yield self._tag(
                "path",
                class_="guide outside" if name in self.adopters else "guide",
                d=f"M0 0H{number(self.width - 8)}",
                data_l=lane,
                transform=moved(0, self.y(lane)),
            )
        for step, _ in self._jumps():
            yield self._tag(
                "path",
                class_="jump",
                d=f"M0 0V{number(self.height)}",
                data_i=step,
                transform=moved(self.x(step - 0.5), 0),
            )

    def _edges(self) -> Iterator[str]:
        for edge in (mark.edge for mark in self._marks if mark.edge is not None):
            target_y = self.y(edge.target)
            source_y = target_y - LANE if edge.source is None else self.y(edge.source)
            sign = 1 if target_y > source_y else -1
            begin = target_y - 29 if edge.source is None else source_y + 9 * sign
            yield self._tag(
                "path",
                class_=f"edge {edge.kind}",
                d=f"M0 {number(begin)}V{number(target_y - 10 * sign)}",
                marker_end=f"url(#m-{edge.kind})",
                data_i=edge.step,
                data_a=edge.source,
                data_b=edge.target,
                transform=moved(self.x(edge.step), 0),
            )
        for step, row in enumerate(self.rows):
            if row.kind == "rest":
                line = tag("path", class_="rest-line", d=f"M0 0V{number(self.height)}")
                yield self._tag(
                    "g", line, class_="rest", data_i=step, transform=moved(self.x(step), 0)
                )

    def _bars(self) -> Iterator[str]:
        for process in self.processes:
            lane = self.lanes[Member(process.name)]
            for state, begin, end in self.stretches(process):
                x, height = self.x(begin), HEIGHTS[state]
                yield self._tag(
                    "rect",
                    class_=f"bar {state}",
                    data_i=begin,
                    data_e=end,
                    data_l=lane,
                    x=x,
                    y=self.y(lane) - height / 2,
                    width=self.x(min(end, len(self.rows) - 0.4)) - x,
                    height=height,
                    rx=3 if height > 5 else 2,
                )

    def _steps(self) -> Iterator[str]:
        """Draw the marks, with their sentences as tooltips."""
        for step, (row, mark) in enumerate(zip(self.rows, self._marks, strict=True)):
            down = _EDGES[mark.zone]
            position = (
                moved(self.x(step), self.y(mark.lane) + down) if mark.lane is not None else None
            )
            yield self._tag(
                "g",
                ("" if self._is_image else tag("title", plain(row.text))) + mark.shape,
                class_=f"step {row.kind}",
                data_i=step,
                data_l=mark.lane,
                data_d=down or None,
                transform=position,
            )

    def _word(self, words: Words, step: int, *, with_hidden: bool) -> str:
        position = self._position(words.lane, words.zone, step, words.offset + words.width)
        if position["display"] and not with_hidden:
            return ""
        if words.is_pill:
            return self._tag("g", pill(words.text, is_good=words.is_good), **position)
        down = -12 if words.zone == ABOVE else 19
        kind = f"{words.kind} zone"
        return self._text(words.text, class_=kind, x=words.offset, y=down, **position)

    def _program_words(self, process: ProcessLife, *, with_hidden: bool) -> Iterator[str]:
        lane = self.lanes[Member(process.name)]
        programs = [
            entry
            for before, entry in zip([None, *process.programs], process.programs, strict=False)
            # The command itself occurs twice: at the start of the recording, and at its execve.
            if before is None or before.is_copy or before.argv != entry.argv
        ]
        stretches = [*self.stretches(process)]
        for program in programs:
            name, step = self._program_name(program), self.step_of(program.begin)
            end = next((e for s, begin, e in stretches if s == THERE and begin <= step < e), None)
            if not name or end is None:
                continue
            # The sign of an exec is at the beginning of the new program.
            offset = _MARGIN if program.is_copy or program is programs[0] else 9 + _MARGIN
            position = self._position(lane, BAR, step, offset + _BOLD * len(name), end)
            kind = "inside copy" if program.is_copy else "inside"
            if with_hidden or not position["display"]:
                yield self._text(name, class_=kind, x=offset, y=4, **position)

    def _position(
        self, lane: int, zone: str, step: int, width: float, end: int | None = None
    ) -> dict[str, object]:
        """Return attributes that position words, which are hidden if there is no room for them.

        Their room ends before `end`, or before the next step that draws in this zone of the lane.
        """
        last = len(self.rows) if end is None else end
        later = range(step + 1, min(last, step + _FARTHEST))
        taken = next((at for at in later if self._marks[at].takes(lane, zone)), None)
        until = later.stop if taken is None else taken
        needed = width + _MARGIN + (0 if taken is None else _REACH)
        return {
            "data_i": step,
            "data_l": lane,
            "data_j": until,
            "data_w": round(needed + 0.5),
            "transform": moved(self.x(step), self.y(lane)),
            "display": None if self.column * (until - step) >= needed else "none",
        }
