"""Every output that is possible: a small picture each, and how often it was seen by itself.

One way through a race is told in words, and turned into a run that can be drawn like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.base.events import Event, Exit, Fork, Reap, Rest, Start, What, Write
from simpsh.base.phrases import counted, quoted
from simpsh.course.claims.observation import STUCK, Observation, PossibleWay, SearchResult
from simpsh.course.screen.lane_picture import draw_small
from simpsh.view.document import Table, table_lines
from simpsh.view.styled_text import Block, beside, line_width, padded, styled, wrapped

_FORKS = re.compile(r"forks (.+)")
_WAITS = re.compile(r"(?:waits for|collects) (.+)")
_STATUS = re.compile(r"exit status: (\d+)")
_SIGNAL = re.compile(r"signal (\d+)")

MOST_PICTURES = 4
_GAP = 4
_NARROWEST = 28


def orders(search: SearchResult, width: int, most: int) -> Block:
    """Show what is possible, in pictures where they fit, else in a table."""
    below = [(), *conclusion(search, width)]
    pictures = _grid(search, width) if len(search.possible) <= MOST_PICTURES else []
    if not pictures or len(pictures) + len(below) > most:
        pictures = table_lines(_table(search, max(3, most - len(below) - 1)), width)
    return [*pictures, *below]


def _grid(search: SearchResult, width: int) -> Block:
    """Set the pictures side by side, as many in a row as fit."""
    pictures = []
    for output in sorted(search.possible):
        drawn = picture_of(search, output, width)
        seen = [styled(seen_words(search, output), "dim")] if search.native else []
        pictures.append([*drawn, *seen])
    lengths = [line_width(row) for picture in pictures for row in picture]
    wide = max([_NARROWEST - _GAP, *lengths])
    per_row = max(1, (width + _GAP) // (wide + _GAP))
    block: Block = []
    for place in range(0, len(pictures), per_row):
        if block:
            block.append(())
        block.extend(_side_by_side(pictures[place : place + per_row], wide))
    return block


def _side_by_side(pictures: Sequence[Block], wide: int) -> Block:
    """Set pictures in columns of one width; what is seen of them stands on one line."""
    tallest = max(map(len, pictures))
    row: Block = []
    for picture in reversed(pictures):
        # The last line, how often it was seen, stands at the bottom of each.
        filled = [*picture[:-1], *([()] * (tallest - len(picture))), picture[-1]]
        first = filled[0] if filled else ()
        filled[0] = padded(first, wide) if row else first
        row = beside(filled, row, _GAP) if row else filled
    return row


def picture_of(search: SearchResult, output: str, width: int) -> Block:
    """Draw one way to an output, as a run."""
    way, is_stuck = search.possible[output], output.endswith(STUCK)
    return draw_small(run_of(search.names, way, is_stuck=is_stuck), width)


def _table(search: SearchResult, most: int) -> Table:
    """List the outputs, those that were seen most often first where not all can be shown."""
    shown = sorted(search.possible)
    if len(shown) > most:
        outputs = sorted(shown, key=lambda output: -search.seen.get(output, 0))[: most - 1]
        shown = [output for output in shown if output in outputs]
    rows = [
        [styled(output_words(output), "bold"), styled(seen_words(search, output)[11:], "")]
        for output in shown
    ]
    left_out = len(search.possible) - len(shown)
    if left_out:
        rows.append([styled(f"… and {left_out} more", "dim"), ()])
    return Table(["output that is possible", "seen here"], rows)


def conclusion(search: SearchResult, width: int) -> Block:
    """Say how many outputs there are, and whether that is all."""
    return [row for words in conclusions(search) for row in wrapped(styled(words, "dim"), width)]


def conclusions(search: SearchResult) -> Sequence[str]:
    """Return what is to be said below the outputs, in sentences."""
    number = len(search.possible)
    what = counted(number, "output is", "outputs are")
    if search.is_complete:
        return [f"{what} possible, and no order gives another."]
    why = f" ({'; '.join(search.flags)})" if search.flags else ""
    return [f"At least {what} possible: not all orders were tried{why}."]


def seen_words(search: SearchResult, output: str) -> str:
    """Say how often an output came in the plain runs."""
    return f"seen here: {search.seen.get(output, 0)} of {search.native}"


def output_words(output: str, longest: int = 60) -> str:
    """Return an output in quotes; of one after which a process can never continue, that as well.

    >>> output_words("a" + STUCK)
    '“a”, then no process can move'
    """
    written = output.removesuffix(STUCK)
    words = quoted(written, longest) if written else "nothing"
    return f"{words}, then no process can move" if output.endswith(STUCK) else words


def run_of(names: Sequence[str], way: PossibleWay, *, is_stuck: bool = False) -> Observation:
    """Return a way as an observation; births that it does not tell stand at its beginning."""
    return _Story(names).told(way, is_stuck=is_stuck)


class _Story:
    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._events: list[Event] = []
        self._outputs: list[int] = []
        self._dead: list[str] = []

    def told(self, way: PossibleWay, *, is_stuck: bool) -> Observation:
        first = self._names[0] if self._names else ""
        self._add(first, Start(1))
        forked = {match[1] for _, words, _ in way.steps if (match := _FORKS.match(words))}
        if not forked and len(self._names) == 2:
            self._add(first, Fork(self._pid(self._names[1]), self._names[1]))
        for who, words, text in way.steps:
            self._step(who, words, text)
        if is_stuck:
            self._add("", Rest(()))
        return Observation(
            events=tuple(self._events), names=tuple(self._names), outputs=tuple(self._outputs)
        )

    def _step(self, who: str, words: str, text: str) -> None:
        forked, waited = _FORKS.match(words), _WAITS.match(words)
        if text:
            self._outputs.append(len(self._events))
            self._add(who, Write(1, len(text), "", text))
        elif forked:
            self._add(who, Fork(self._pid(forked[1]), forked[1]))
        elif words.startswith(("ends", "is killed")):
            self._dead.append(who)
            self._add(who, Exit(_status(words)))
        elif waited:
            child = waited[1] if waited[1] in self._dead else next(iter(self._dead), "")
            if child:
                self._dead.remove(child)
                self._add(who, Reap(self._pid(child), child, who))

    def _pid(self, name: str) -> int:
        return self._names.index(name) + 1 if name in self._names else 0

    def _add(self, who: str, what: What) -> None:
        number = len(self._events)
        self._events.append(Event(self._pid(who), what, number, number + 1, who))


def _status(words: str) -> int:
    exited, killed = _STATUS.search(words), _SIGNAL.search(words)
    if exited:
        return int(exited[1]) << 8
    return int(killed[1]) if killed else 0
