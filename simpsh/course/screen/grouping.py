"""Rows that say the same of several processes, put together: ten forks, ten ends, ten collected.

Where nothing orders them, rows that are alike are brought together first: the picture is then
another legal order of the same run, which is what its rows claim to be anyway.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simpsh import events
from simpsh.course.screen.rows import Row
from simpsh.course.screen.text import counted
from simpsh.course.screen.wording import YOU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.chronicle.model import Chronicle

_OF_ONE = ("fork", "reap", "signal")
"""Kinds of which rows are alike if one process does the same to several."""
_OF_SEVERAL = ("exit", "delivery", "stop", "continue", "adoption", "write")
"""Kinds of which rows are alike if several processes do the same."""
_RANKS = {"fork": 0, "exit": 2, "adoption": 3, "reap": 4}
"""Births come first and ends last, as far as that is legal: so more rows are alike."""
_BARRIERS = ("rest", "gap", "look", "sleep")
_MOST_MOVED = 400
"""Rows; ordering more of them anew would take too long."""
_PLURALS = {
    "is": "are",
    "goes": "go",
    "ends,": "end,",
    "gets": "get",
    "stops:": "stop:",
    "prints": "print",
    "writes": "write",
    "cannot": "cannot",
}


def grouped(chronicle: Chronicle, rows: Sequence[Row], most: int) -> list[Row]:
    """Put alike rows together; those apart from each other only if there are still too many."""
    joined = _join_neighbours(chronicle, rows)
    if len(joined) <= most or len(rows) > _MOST_MOVED or not chronicle.shows_all_causes:
        return joined
    return _with_states(chronicle, _join_neighbours(chronicle, _brought_together(chronicle, rows)))


def _brought_together(chronicle: Chronicle, rows: Sequence[Row]) -> list[Row]:
    """Return the rows in a legal order in which alike ones follow each other where they can."""
    causes = [
        {n for n in range(place) if not _may_swap(chronicle, rows[n], row)}
        for place, row in enumerate(rows)
    ]
    placed: list[int] = []
    waiting = list(range(len(rows)))
    while waiting:
        done = set(placed)
        ready = [place for place in waiting if causes[place] <= done]
        last = rows[placed[-1]] if placed else None
        alike = [place for place in ready if last is not None and _is_alike(last, rows[place])]
        chosen = min(alike or ready, key=lambda place: (_RANKS.get(rows[place].kind, 1), place))
        placed.append(chosen)
        waiting.remove(chosen)
    return [rows[place] for place in placed]


def _may_swap(chronicle: Chronicle, one: Row, other: Row) -> bool:
    for row in (one, other):
        if row.kind in _BARRIERS or row.who == YOU or row.mark:
            return False
    return one.index != other.index and chronicle.unordered(one.index, other.index)


def _join_neighbours(chronicle: Chronicle, rows: Sequence[Row]) -> list[Row]:
    told: list[Row] = []
    for row in rows:
        if told and _is_alike(told[-1], row):
            told[-1] = _joined(chronicle, told[-1], row)
        else:
            told.append(row)
    return told


def _is_alike(above: Row, row: Row) -> bool:
    if above.kind != row.kind or row.mark:
        return False
    if row.kind in _OF_ONE:
        return above.who == row.who and (row.kind != "signal" or _is_same_signal(above, row))
    if row.kind == "exit":
        return _verb(above) == _verb(row)
    same = row.phrase == above.phrase or _plural(row.phrase) == above.phrase
    return row.kind in _OF_SEVERAL and same and above.who != row.who


def _is_same_signal(above: Row, row: Row) -> bool:
    """Tell whether both reached a process that is shown: a refusal is a row of its own."""
    one, other = above.phrase.split(" to ")[0], row.phrase.split(" to ")[0]
    is_refused = ":" in above.phrase + row.phrase
    return one == other and bool(above.others and row.others) and not is_refused


def _verb(row: Row) -> str:
    return "killed" if "killed" in row.phrase else "ended"


def _joined(chronicle: Chronicle, above: Row, row: Row) -> Row:
    also = (*above.also, above.index)
    if row.kind in _OF_ONE:
        others = (*above.others, *row.others)
        to = f"{row.phrase.split(' to ')[0]} to" if row.kind == "signal" else ""
        verb = {"fork": "forks", "reap": "collects", "signal": to}[row.kind]
        phrase = f"{verb} {listed([chronicle.label(name) for name in others])}"
        return replace(above, others=others, phrase=phrase, index=row.index, also=also)
    phrase = _plural(row.phrase)
    if phrase != (above.phrase if above.also else _plural(above.phrase)):
        phrase = "end, statuses differ" if _verb(row) == "ended" else "are killed"
    return replace(
        above, others=(*above.others, row.who), phrase=phrase, index=row.index, also=also
    )


def _plural(phrase: str) -> str:
    """Return what several do.

    >>> _plural("ends, status 0"), _plural("is killed by SIGTERM")
    ('end, status 0', 'are killed by SIGTERM')
    """
    verb, blank, rest = phrase.partition(" ")
    return f"{_PLURALS.get(verb, verb)}{blank}{rest}"


def listed(names: Sequence[str], most: int = 2) -> str:
    """Return names for people; of many only their number: the lanes show who they are.

    >>> listed(["child", "child 2"]), listed(["a", "b", "c", "d", "e"])
    ('child and child 2', '5 processes')
    """
    if len(names) > most:
        return counted(len(names), "process", "processes")
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _with_states(chronicle: Chronicle, rows: Sequence[Row]) -> list[Row]:
    """Give each row the states of all processes, as they are in this order of the rows."""
    first = next(iter(chronicle.processes), "")
    states = {first: "running"}
    told = []
    for row in rows:
        for index in (*row.also, row.index):
            _follow(chronicle, states, row, index)
        if states[first] == "zombie":
            # The engine collects the first process at once, and has no row.
            states[first] = ""
        told.append(replace(row, states=dict(states)))
    return told


_BECOMES: dict[type[events.What], str] = {
    events.Exit: "zombie",
    events.Stop: "stopped",
    events.Wait: "waiting",
}


def _follow(chronicle: Chronicle, states: dict[str, str], row: Row, index: int) -> None:
    """Change the states as an event does."""
    what, owner = chronicle.events[index].what, chronicle.owners[index]
    if isinstance(what, events.Fork):
        states[what.child] = "running"
    if isinstance(what, events.Reap):
        states[what.child] = ""
    if isinstance(what, events.Rest):
        for name in [row.who] if row.kind == "sleep" else list(states):
            process = chronicle.processes.get(name)
            states[name] = process.state_at(index) if process is not None else ""
    elif not isinstance(what, events.Reparent) and states.get(owner):
        states[owner] = _BECOMES.get(type(what), "running")
