"""The lanes of a run on a terminal: time runs down, and each process has a lane.

    ┣━━━━━━┓      parent forks child
    ┊      ┠      child prints “child ”
    ┊      ●      child exits with status 0
    ┃◀━━━━━┛      parent collects child: status 0

Recordings, notebooks, lessons and explored orders draw with the same signs. Each cell has the
meaning of its sign, so the legend lists exactly the signs that were drawn.
"""

from __future__ import annotations

from simpsh.base.record import Record
from simpsh.chronicle.chronicle_model import ASLEEP, STATES, STOPPED, THERE, WAITING, ZOMBIE
from simpsh.view.event_sentences import sendings
from simpsh.view.styled_text import Piece, lane_style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from simpsh.chronicle.chronicle_model import Chronicle, LifeState, ProcessLife
    from simpsh.view.timeline.timeline_rows import TimelineRow

_STATE_SIGNS = dict(zip(STATES, "┃┊┊‖z", strict=True))
_CROSSINGS = {"┃": "╂", "┊": "┼", "‖": "╫", "z": "z"}
"""The sign of a lane that a line crosses."""
_DID, _END, _NEW_PROGRAM, _FORK = "┠", "●", "◆", "┣"
_LINE = "━"
_DASHES = {"signal": "╌", "adoption": "┄"}
_LEFT, _RIGHT = "◀", "▶"
_BIRTHS, _ENDINGS = ("┏", "┓"), ("┗", "┛")
"""The ends of a line in another lane: at the left, and at the right."""
_AT_REST, _LEFT_OUT = "…", "⋮"
_UNMARKED = frozenset(
    ("start", "wait", "stop", "continue", "rest", "gap", "look", "keys", "unfinished")
)
"""Kinds of rows whose lanes only show states."""


class _Meaning(Record):
    """An entry of the legend."""

    signs: str
    """Its signs in the order of the entry, which has those that were drawn."""
    words: str
    words_in_full: str = ""
    """The words with the evidence, if they differ."""


def _state(state: LifeState, words: str) -> _Meaning:
    evidence, in_full = STATES[state]
    return _Meaning(_STATE_SIGNS[state], words, f"{in_full} ({evidence})")


_MEANINGS: Mapping[str, _Meaning] = {
    THERE: _state(THERE, "runs or sleeps"),
    WAITING: _state(WAITING, "asleep"),
    ASLEEP: _state(ASLEEP, "asleep"),
    STOPPED: _state(STOPPED, "stopped"),
    ZOMBIE: _state(ZOMBIE, "zombie"),
    "rest": _Meaning(_AT_REST, "at rest"),
    "did": _Meaning(_DID, "acts"),
    "exec": _Meaning(_NEW_PROGRAM, "another program"),
    "exit": _Meaning(_END, "ends"),
    "fork": _Meaning("┏┣━┓", "forks"),
    "reap": _Meaning("◀┛┗▶", "collected"),
    "signal": _Meaning("◀╌▶", "signal"),
    "adoption": _Meaning("◀┄▶", "an orphan is adopted"),
    "gap": _Meaning(_LEFT_OUT, "left out"),
    "look": _Meaning("①②③④⑤⑥⑦⑧⑨", "we look"),
}
"""The entries of the legend, in order."""


class Lanes(Record):
    """The columns of the lanes."""

    columns: Mapping[str, int]
    """The column of each process with a lane, by name; lanes are reused after their processes."""
    width: int
    crowd: int = -1
    """The shared column of processes without a lane; -1 if all have one."""
    names_at_birth: bool = False
    """Whether a lane begins with the process's name, because there are no heads."""


class _Cell(Record):
    """One character of the lanes."""

    sign: str = " "
    style: str = ""
    meaning: str = ""
    """The key of its entry in the legend."""


_BLANK = _Cell()


class LaneCanvas:
    """Draws the lanes row by row, from top to bottom."""

    def __init__(self, chronicle: Chronicle, lanes: Lanes, names: Sequence[str] = ()) -> None:
        """Prepare a drawing; `names` are the processes in order of colours, if not all of them."""
        self._chronicle = chronicle
        self._lanes = lanes
        self._names = names
        self._processes = frozenset(names or chronicle.processes)
        self._cells: list[_Cell] = []
        """The lanes of the current row."""
        self._unborn = iter(chronicle.processes.values())
        self._next = next(self._unborn, None)
        self._living: list[ProcessLife] = []
        self.drawn: dict[str, set[str]] = {}
        """The signs of all rows, by meaning."""

    def row(self, row: TimelineRow) -> list[Piece]:
        """Draw the lanes at a row: the states of its moment, and its step."""
        self._draw_states(row)
        self._draw_step(row)
        return self._pieces()

    def states(self, row: TimelineRow) -> list[Piece]:
        """Draw the lanes below a row, without its step."""
        self._draw_states(row)
        return self._pieces()

    def _pieces(self) -> list[Piece]:
        for cell in self._cells:
            if cell.meaning:
                self.drawn.setdefault(cell.meaning, set()).add(cell.sign)
        return [Piece(cell.sign, cell.style) for cell in self._cells]

    # -- states ---------------------------------------------------------------------------------

    def _draw_states(self, row: TimelineRow) -> None:
        self._cells = [_BLANK] * self._lanes.width
        for process in self._existing(row.index):
            state = process.state_at(row.index)
            if not state or process.name not in self._lanes.columns:
                continue
            sign, meaning = _STATE_SIGNS[state], str(state)
            if row.kind == "gap":
                sign, meaning = _LEFT_OUT, "gap"
            elif row.kind == "rest" and state != ZOMBIE:
                sign, meaning = _AT_REST, "rest"
            self._sign(process.name, sign, meaning)

    def _existing(self, index: int) -> Iterator[ProcessLife]:
        """Yield the processes that are born by an event, without those gone before it."""
        while self._next is not None and self._next.birth <= index:
            self._living.append(self._next)
            self._next = next(self._unborn, None)
        living = []
        for process in self._living:
            yield process
            if process.state_at(index):
                living.append(process)
        self._living = living

    # -- steps ----------------------------------------------------------------------------------

    def _draw_step(self, row: TimelineRow) -> None:
        name = row.name
        others = [other for other in row.others if other in self._processes]
        if row.mark:
            style = f"bold {self.style(name)}"
            self._put(self._column(name) - 2, _Cell(row.mark, style, "look"))
        match row.kind:
            case "fork" if others:
                self._sign(name, _FORK, "fork")
                self._branch(name, others[0], "fork", _BIRTHS)
                if self._lanes.names_at_birth:
                    self._write_name(others[0])
            case "reap":
                self._draw_reap(name, others[0] if others else name)
            case "signal" | "delivery" | "adoption" if arrows := self._arrows(row, others):
                meaning = "adoption" if row.kind == "adoption" else "signal"
                for start, end in arrows:
                    style = self.style(end if row.kind == "adoption" else start or name)
                    self._arrow(start, end, meaning, style)
            case "exit":
                self._sign(name, _END, "exit")
            case "exec":
                self._sign(name, _NEW_PROGRAM, "exec")
            case kind if kind not in _UNMARKED and not row.mark:
                self._sign(name, _DID, "did")

    def _arrows(self, row: TimelineRow, others: Sequence[str]) -> list[tuple[str, str]]:
        """Return the arrows of a row, each from a process, or from outside, to a process."""
        name = row.name if row.name in self._processes else ""
        if row.kind == "signal":
            return [(name, target) for target in others]
        if row.kind == "adoption":
            return [(others[0] if others else "", name)]
        # If the sending was recorded, its row has the arrow.
        return [(other, name) for other in others[:1] if not sendings(self._chronicle, row.index)]

    def _draw_reap(self, name: str, ended: str) -> None:
        own, column = self._lanes.columns.get(name, -1), self._column(ended)
        if own < 0 or name == ended:
            self._sign(ended, _ENDINGS[-1], "reap")
            return
        self._branch(name, ended, "reap", _ENDINGS)
        side = 1 if column > own else -1
        if own + side != column:
            head = _LEFT if side == 1 else _RIGHT
            self._put(own + side, _Cell(head, self.style(ended), "reap"))

    def _branch(self, name: str, other: str, meaning: str, ends: tuple[str, str]) -> None:
        """Draw a line from a lane to another, and its end there."""
        own, column = self._column(name), self._column(other)
        if own >= 0:
            self._across(own, column, _LINE, meaning, self.style(other))
            self._sign(other, ends[column > own], meaning)

    def _arrow(self, start: str, end: str, meaning: str, style: str) -> None:
        """Draw an arrow to a lane, from another one or from outside."""
        target, dash = self._column(end), _DASHES[meaning]
        if target < 0:
            return
        if start and start != end:
            side = -1 if target > self._column(start) else 1
            self._across(self._column(start), target, dash, meaning, style)
        else:
            # A margin at the left, or the space before the next lane. It must not touch the lane of
            # a process that did not send it.
            side = -1 if target > 1 else 1
            near, far = (self._sign_at(target + distance * side) for distance in (2, 3))
            if near.strip():
                self._sign(end, _DID, "did")
                return
            if not far.strip():
                self._put(target + 2 * side, _Cell(dash, style, meaning))
        head = _RIGHT if side == -1 else _LEFT
        self._put(target + side, _Cell(head, style, meaning))

    def _across(self, first: int, second: int, sign: str, meaning: str, style: str) -> None:
        for column in range(min(first, second) + 1, max(first, second)):
            crossed = self._cells[column]
            if crossed.sign in (" ", _LINE, sign):
                self._put(column, _Cell(sign, style, meaning))
            elif crossed.sign in _CROSSINGS:
                crossing = _CROSSINGS[crossed.sign]
                self._put(column, _Cell(crossing, crossed.style, crossed.meaning))

    def _write_name(self, name: str) -> None:
        """Write a process's name at the beginning of its lane, if there is room."""
        column, label = self._lanes.columns.get(name, -1), self._chronicle.label(name)
        cells = self._cells[column + 1 : column + len(label)]
        if column >= 0 and len(cells) == len(label) - 1 and all(c.sign == " " for c in cells):
            for offset, character in enumerate(label):
                self._put(column + offset, _Cell(character, f"bold {self.style(name)}"))

    # -- cells ----------------------------------------------------------------------------------

    def _column(self, name: str) -> int:
        crowd = self._lanes.crowd if name in self._processes else -1
        return self._lanes.columns.get(name, crowd)

    def style(self, name: str) -> str:
        """Return the style of a process's colour."""
        return lane_style(self._names, name)

    def _sign(self, name: str, sign: str, meaning: str) -> None:
        self._put(self._column(name), _Cell(sign, self.style(name), meaning))

    def _sign_at(self, column: int) -> str:
        return self._cells[column].sign if 0 <= column < len(self._cells) else ""

    def _put(self, column: int, cell: _Cell) -> None:
        if 0 <= column < len(self._cells):
            self._cells[column] = cell


def legend(drawn: Mapping[str, Collection[str]], *, in_full: bool = False) -> list[str]:
    """Return the entries for the signs that were drawn; `in_full` adds the evidence of states.

    >>> legend({"reap": "┛◀", "exit": "●"})
    ['● ends', '◀┛ collected']
    """
    entries: dict[str, str] = {}
    for key, meaning in _MEANINGS.items():
        if key not in drawn:
            continue
        signs = "".join(sign for sign in meaning.signs if sign in drawn[key]) or meaning.signs[0]
        words = meaning.words_in_full or meaning.words if in_full else meaning.words
        # One sign may stand for two states.
        before = entries.get(signs, words)
        entries[signs] = words if before == words else f"{before}, or {words}"
    return [f"{signs} {words}" for signs, words in entries.items()]


def joined(entries: Sequence[str], width: int) -> list[str]:
    """Put as many entries of a legend as fit into each line of `width` columns.

    >>> joined(["z zombie", "● ends", "┠ acts"], 20)
    ['z zombie  ● ends', '┠ acts']
    """
    lines: list[str] = []
    for entry in entries:
        if lines and len(lines[-1]) + len(entry) + 2 <= width:
            lines[-1] += f"  {entry}"
        else:
            lines.append(entry)
    return lines
