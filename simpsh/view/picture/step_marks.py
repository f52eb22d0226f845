"""What each kind of step puts into the timeline: an arrow, a mark on its lane, words beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simpsh.base.events import Pipe
from simpsh.base.phrases import short_status, shortened
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.view.event_sentences import redirections
from simpsh.view.picture import svg_elements
from simpsh.view.picture.label_room import ABOVE, BAR, BELOW, Edge
from simpsh.view.timeline.timeline_rows import TimelineRow

CHARACTER = 6.2
"""The width of a character of a note."""
_LONGEST_NOTE = 26


@dataclass(frozen=True, slots=True)
class Words:
    """Words beside a mark."""

    lane: int
    zones: tuple[str, ...]
    """Where they may go, the best first."""
    offset: float
    width: float
    kind: str
    text: str
    is_pill: bool = False
    is_good: bool = False


@dataclass(frozen=True, slots=True)
class StepMarks:
    """All that one step draws."""

    lane: int | None
    """Where its mark stands; None for a step of no drawn process."""
    shape: str = ""
    """SVG around the middle of the lane, or around the edge of its bar for another zone."""
    zone: str = BAR
    reach: float = 0.0
    """How far the shape reaches to both sides, in its zone; 0 for no shape."""
    edge: Edge | None = None
    words: tuple[Words, ...] = ()


def marks_of(
    chronicle: Chronicle, lanes: Mapping[str, int], place: int, row: TimelineRow
) -> StepMarks:
    """Return what a step draws.

    Args:
        chronicle: the run.
        lanes: the number of the lane of each process and adopter that has one.
        place: the step's place among the rows.
        row: the step.
    """
    lane = lanes.get(row.name)
    draw = _DRAWN.get(row.kind)
    if lane is None or draw is None:
        return StepMarks(lane)
    return draw(_Step(chronicle, lanes, place, row, lane))


@dataclass(frozen=True, slots=True)
class _Step:
    chronicle: Chronicle
    lanes: Mapping[str, int]
    place: int
    row: TimelineRow
    lane: int


def _note(lane: int, zones: tuple[str, ...], text: str, kind: str, offset: float) -> Words:
    text = shortened(text, _LONGEST_NOTE)
    return Words(lane, zones, offset, CHARACTER * len(text), f"note {kind}".strip(), text)


def _fork(step: _Step) -> StepMarks:
    child = step.lanes.get(step.row.other)
    edge = Edge("fork", step.place, step.lane, child) if child is not None else None
    return StepMarks(step.lane, svg_elements.dot("fork"), reach=5, edge=edge)


def _exec(step: _Step) -> StepMarks:
    """Draw a diamond; what goes in is told above the lane, what goes out below it."""
    found = [one.replace("pipe ", "") for one in redirections(step.chronicle, step.row.index)]
    words = []
    for zone, other, is_input in ((ABOVE, BELOW, True), (BELOW, ABOVE, False)):
        told = ", ".join(one for one in found if one.startswith("stdin") is is_input)
        zones = (zone,) if len({one.startswith("stdin") for one in found}) > 1 else (BELOW, other)
        if told:
            words.append(_note(step.lane, zones, told, "", 8))
    return StepMarks(step.lane, svg_elements.diamond(), reach=9, words=tuple(words))


def _exec_error(step: _Step) -> StepMarks:
    return StepMarks(step.lane, svg_elements.diamond(is_hollow=True), reach=9)


def _exit(step: _Step) -> StepMarks:
    return StepMarks(step.lane, svg_elements.end(), reach=8)


def _reap(step: _Step) -> StepMarks:
    """Draw the status where the zombie's lane ends, and an arrow to who collects it."""
    name = step.row.other if step.row.other in step.lanes else step.row.name
    process, lane = step.chronicle.processes[name], step.lanes[name]
    collector = step.row.name if name != step.row.name else process.collector
    to = step.lanes.get(collector)
    status = short_status(process.status) if process.status is not None else "?"
    is_good = status == "0"
    told = Words(
        lane, (BAR,), -8, svg_elements.pill_width(status), "", status, is_pill=True, is_good=is_good
    )
    edge = Edge("reap", step.place, lane, to) if to is not None and to != lane else None
    return StepMarks(lane, svg_elements.ring(is_good=is_good), reach=8, edge=edge, words=(told,))


def _adoption(step: _Step) -> StepMarks:
    adopter = step.chronicle.processes[step.row.name].parent_at(step.row.index)
    to = step.lanes.get(adopter)
    if to is None:
        return StepMarks(step.lane)
    zone = ABOVE if to > step.lane else BELOW
    words = _note(to, (zone,), "adopted", "adoption", 8)
    edge = Edge("adoption", step.place, step.lane, to)
    return StepMarks(step.lane, svg_elements.dot("adoption"), reach=5, edge=edge, words=(words,))


def _signal(step: _Step) -> StepMarks:
    """Draw an arrow from the sender to the target, with the signal's name at its head."""
    row, lanes = step.row, step.lanes
    sender, target = (row.name, row.other) if row.kind == "signal" else (row.other, row.name)
    short = next((word[3:] for word in row.text.split() if word.startswith("SIG")), "")
    if target not in lanes:
        words = _note(step.lane, (BELOW, ABOVE), f"{short} →", "signal", 7)
        return StepMarks(step.lane, svg_elements.dot("signal"), reach=5, words=(words,))
    to, source = lanes[target], lanes.get(sender)
    if sender == target:
        source = None
    edge = Edge("signal", step.place, source, to)
    zone = ABOVE if source is None or source < to else BELOW
    words = _note(to, (zone,), short, "signal", 8)
    shape = svg_elements.dot("signal") if source == step.lane else ""
    return StepMarks(step.lane, shape, reach=5 if shape else 0, edge=edge, words=(words,))


def _pipe(step: _Step) -> StepMarks:
    what = step.chronicle.events[step.row.index].what
    letter = step.chronicle.pipe_name(what.pipe) if isinstance(what, Pipe) else ""
    if isinstance(what, Pipe) and not letter:
        # The shell's own record has no inode: the pipe is known by where it was made.
        letter = step.chronicle.pipe_name(f"made at {step.row.index}") or what.name
    return StepMarks(step.lane, svg_elements.pipe(letter or "?"), zone=ABOVE, reach=9)


def _read(step: _Step) -> StepMarks:
    return StepMarks(step.lane, svg_elements.triangle("read"), zone=BELOW, reach=6)


def _write(step: _Step) -> StepMarks:
    return StepMarks(step.lane, svg_elements.triangle("write"), zone=ABOVE, reach=6)


def _close(step: _Step) -> StepMarks:
    return StepMarks(step.lane, svg_elements.closed(), zone=ABOVE, reach=6)


_DRAWN: dict[str, Callable[[_Step], StepMarks]] = {
    "fork": _fork,
    "exec": _exec,
    "exec-error": _exec_error,
    "exit": _exit,
    "reap": _reap,
    "adoption": _adoption,
    "signal": _signal,
    "delivery": _signal,
    "pipe": _pipe,
    "read": _read,
    "write": _write,
    "close": _close,
}
