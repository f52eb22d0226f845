"""All possible outputs of a race: a small picture and the observed frequency of each.

An order from the search is converted to an observation, so that it can be drawn like a run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from simpsh.base.events import Event, Exit, Fork, Reap, Rest, Start, What, Write
from simpsh.base.phrases import counted, quoted
from simpsh.course.claims.observation import STUCK, Observation, PossibleWay, SearchResult
from simpsh.course.screen.lane_picture import draw_small
from simpsh.view.document import Table, table_lines
from simpsh.view.styled_text import Block, line, line_width, padded, stripped, styled, wrapped

_FORKS = re.compile(r"forks (.+)")
_WAITS = re.compile(r"(?:waits for|collects) (.+)")
_STATUS = re.compile(r"exit status: (\d+)")
_SIGNAL = re.compile(r"signal (\d+)")

MOST_PICTURES = 4
_GAP = 4


def orders(search: SearchResult, width: int, most: int) -> Block:
    """Show the possible outputs as pictures if they fit, otherwise as a table."""
    below: Block = [()]
    for words in conclusions(search):
        below += wrapped(styled(words, "dim"), width)
    if len(search.possible) <= MOST_PICTURES:
        pictures = _pictures(search, width)
        if pictures and len(pictures) + len(below) <= most:
            return [*pictures, *below]
    # If not all can be shown, the most frequent ones come first.
    room, shown = max(3, most - len(below) - 1), sorted(search.possible)
    if len(shown) > room:
        often = sorted(shown, key=lambda output: -search.seen.get(output, 0))[: room - 1]
        shown = [output for output in shown if output in often]
    rows = [
        [styled(output_words(output), "bold"), styled(seen_words(search, output)[11:], "")]
        for output in shown
    ]
    left_out = len(search.possible) - len(shown)
    if left_out:
        rows.append([styled(f"… and {left_out} more", "dim"), ()])
    return [*table_lines(Table(["output that is possible", "seen here"], rows), width), *below]


def _pictures(search: SearchResult, width: int) -> Block:
    """Draw one order for each output, side by side; empty if they do not fit."""
    shown = sorted(search.possible)
    pictures = []
    for output in shown:
        run = run_of(search.names, search.possible[output], is_stuck=output.endswith(STUCK))
        pictures.append(draw_small(run, width))
    wide = max(line_width(row) for picture in pictures for row in picture) + _GAP
    if len(pictures) > 1 and len(pictures) * wide - _GAP > width:
        return []
    rows = [*zip_longest(*pictures, fillvalue=())]
    if search.native:
        rows.append(tuple(styled(seen_words(search, output), "dim") for output in shown))
    return [stripped(line(*(padded(cell, wide) for cell in row))) for row in rows]


def conclusions(search: SearchResult) -> Sequence[str]:
    """Return the sentences below the outputs."""
    number = len(search.possible)
    outputs_are = counted(number, "output is", "outputs are")
    if search.is_complete:
        return [f"{outputs_are} possible, and no order gives another."]
    why = f" ({'; '.join(search.flags)})" if search.flags else ""
    return [f"At least {outputs_are} possible: not all orders were tried{why}."]


def seen_words(search: SearchResult, output: str) -> str:
    """Describe how often an output occurred in the free runs."""
    return f"seen here: {search.seen.get(output, 0)} of {search.native}"


def output_words(output: str) -> str:
    """Return an output in quotes, with a note if some process can never continue.

    >>> output_words("a" + STUCK)
    '“a”, then no process can move'
    """
    written = output.removesuffix(STUCK)
    words = quoted(written, 60) if written else "nothing"
    return f"{words}, then no process can move" if output.endswith(STUCK) else words


def run_of(names: Sequence[str], way: PossibleWay, *, is_stuck: bool = False) -> Observation:
    """Return an order of events as an observation."""
    events: list[Event] = []
    outputs: list[int] = []
    dead: list[str] = []

    def pid_of(name: str) -> int:
        return names.index(name) + 1 if name in names else 0

    def add(process: str, what: What) -> None:
        number = len(events)
        events.append(Event(pid_of(process), what, number, number + 1, process))

    add(names[0] if names else "", Start(1))
    for process, words, text in way:
        forked, waited = _FORKS.match(words), _WAITS.match(words)
        if text:
            outputs.append(len(events))
            add(process, Write(1, len(text), "", text))
        elif forked:
            add(process, Fork(pid_of(forked[1]), forked[1]))
        elif words.startswith(("ends", "is killed")):
            dead.append(process)
            exited, killed = _STATUS.search(words), _SIGNAL.search(words)
            status = int(exited[1]) << 8 if exited else int(killed[1]) if killed else 0
            add(process, Exit(status))
        elif waited and dead:
            child = waited[1] if waited[1] in dead else dead[0]
            dead.remove(child)
            add(process, Reap(pid_of(child), child, process))
    if is_stuck:
        add("", Rest(()))
    return Observation(events=tuple(events), names=tuple(names), outputs=tuple(outputs))
