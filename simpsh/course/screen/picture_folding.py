"""A picture that is too tall, made to fit: sleeps first, then alike rows together, then details.

Rows that say the same of several processes are put together. Where nothing orders them, alike rows
are brought together first: that is another legal order of the same run. Nothing is lost: the lanes
show what has no words of its own, and `:timeline` shows all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from simpsh.base import events
from simpsh.base.phrases import counted, listed
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.course.lesson.observation import REAPER
from simpsh.course.screen.event_wording import YOU
from simpsh.course.screen.picture_rows import PictureRow

_OF_ONE = ("fork", "reap", "signal")
"""Kinds of which rows are alike if one process does the same to several."""
_OF_SEVERAL = ("exit", "delivery", "stop", "continue", "adoption", "write", "sleep")
"""Kinds of which rows are alike if several processes do the same."""
_RANKS = {"fork": 0, "exit": 2, "adoption": 3, "reap": 4}
"""Births come first and ends last, as far as that is legal: so more rows are alike."""
_BARRIERS = ("rest", "gap", "look", "sleep")
_MOST_MOVED = 400
"""Rows; ordering more of them anew would take too long."""
_PLURALS = {
    "is": "are",
    "continues": "continue",
    "ends,": "end,",
    "gets": "get",
    "stops:": "stop:",
    "prints": "print",
    "writes": "write",
    "cannot": "cannot",
    "waits": "wait",
    "sleeps": "sleep",
}

_BECOMES: dict[type[events.What], str] = {
    events.Exit: "zombie",
    events.Stop: "stopped",
    events.Wait: "waiting",
}

_DETAILS = ("look", "pipe", "set", "delivery", "read", "session")
_END_OF_FILE = "end of file"
_CROWDED = 10
EVERYTHING = 1000
"""As many rows as this mean that nothing is folded."""


def fitted(chronicle: Chronicle, rows: Sequence[PictureRow], most: int) -> list[PictureRow]:
    """Return at most `most` rows, folded as little as that allows.

    Of a process that sleeps several times only the last time is told in words, unless
    everything is wanted.
    """
    if most >= EVERYTHING:
        return with_freedom(chronicle, list(rows))
    kept = _last_sleeps(rows)
    if len(kept) > min(most, _CROWDED):
        kept = _without_passing_sleeps(chronicle, kept)
    if len(kept) > most:
        kept = grouped(chronicle, kept, most)
    for kind in _DETAILS:
        kept = _without(kept, kind, len(kept) - most)
    kept = _without_plain_end(_without_told_rests(kept, len(kept) - most), most)
    kept = _without(kept, "news", len(kept) - most)
    kept = _without(kept, "adoption", len(kept) - most, by_a_lane=False)
    if len(kept) > most:
        kept = _without_told_ends(kept, len(kept) - most)
    kept = _without(kept, "adoption", len(kept) - most)
    if any(_kind(row) == _END_OF_FILE for row in kept):
        # The sleeps tell it, too.
        kept = _without(kept, "rest", len(kept) - most)
    kept = _without(kept, _END_OF_FILE, len(kept) - most)
    if len(kept) > most:
        kept = _cut(kept, most)
    return with_freedom(chronicle, kept)


def _last_sleeps(rows: Sequence[PictureRow]) -> list[PictureRow]:
    last = {row.who: row for row in rows if row.kind == "sleep"}
    return [row for row in rows if row.kind != "sleep" or row is last[row.who]]


def _without_passing_sleeps(chronicle: Chronicle, rows: list[PictureRow]) -> list[PictureRow]:
    """Leave out the sleeps that end; the lanes show them."""
    return [
        row
        for row in rows
        if row.kind != "sleep"
        or row.mark
        or chronicle.processes[row.who].state_at(rows[-1].index) in ("waiting", "blocked")
    ]


def _without(
    rows: list[PictureRow], kind: str, number: int, *, by_a_lane: bool = True
) -> list[PictureRow]:
    """Leave out up to `number` rows of a kind, from the top; those `by_a_lane` only if wanted."""
    kept = []
    for row in rows:
        is_of_kind = _kind(row) == kind and (by_a_lane or not row.others)
        if number > 0 and is_of_kind and not row.mark:
            number -= 1
        else:
            kept.append(row)
    return kept


def _kind(row: PictureRow) -> str:
    """Return a row's kind; a read of end of file tells more than one that gets something."""
    is_end = row.kind == "read" and row.phrase.startswith("reads end of file")
    return _END_OF_FILE if is_end else row.kind


def _without_told_rests(rows: list[PictureRow], number: int) -> list[PictureRow]:
    """Leave out up to `number` rests after which you act: you do so only when no process moves."""
    kept = []
    for row, below in zip_longest(rows, rows[1:]):
        if number > 0 and row.kind == "rest" and below is not None and below.who == YOU:
            number -= 1
        else:
            kept.append(row)
    return kept


def _without_plain_end(rows: list[PictureRow], most: int) -> list[PictureRow]:
    """Leave out that the first process ends as it should, if it is the last thing that happens."""
    last = rows[-1] if rows else None
    is_plain = last is not None and last.kind == "exit" and last.phrase == "ends, status 0"
    is_first = last is not None and last.who == rows[0].who and not last.mark
    return rows[:-1] if len(rows) > most and is_plain and is_first else rows


def _without_told_ends(rows: list[PictureRow], number: int) -> list[PictureRow]:
    """Leave out up to `number` ends that tell nothing new.

    The first process's plain end, and the collecting by a process that has no lane.
    """
    kept = []
    for row in rows:
        is_plain = row.kind == "exit" and row.phrase == "ends, status 0" and row.who == rows[0].who
        is_adopters = row.kind == "reap" and row.who == REAPER
        if number > 0 and (is_plain or is_adopters) and not row.mark:
            number -= 1
        else:
            kept.append(row)
    return kept


def _cut(rows: list[PictureRow], most: int) -> list[PictureRow]:
    """Leave out the middle; one row says how much."""
    begin = max(1, (most - 1) * 2 // 3)
    end = len(rows) - max(1, most - 1 - begin)
    left_out = rows[begin:end]
    words = f"… {counted(len(left_out), 'step')} more (:timeline)"
    return [*rows[:begin], PictureRow(left_out[-1].index, "gap", "", words), *rows[end:]]


def with_freedom(chronicle: Chronicle, rows: list[PictureRow]) -> list[PictureRow]:
    """Mark the rows that no causal chain ties to the row above."""
    if not chronicle.shows_all_causes:
        return rows
    told = rows[:1]
    for above, row in pairwise(rows):
        told.append(replace(row, is_free=_is_free(chronicle, above, row)))
    return told


def _is_free(chronicle: Chronicle, above: PictureRow, row: PictureRow) -> bool:
    """Return whether nothing in the one row had to come before anything in the other."""
    if YOU in (row.who, above.who) or row.kind in ("rest", "gap") or row.index == above.index:
        return row.kind == above.kind == "sleep"
    return all(
        chronicle.unordered(first, second)
        for first in (*above.also, above.index)
        for second in (*row.also, row.index)
    )


def grouped(chronicle: Chronicle, rows: Sequence[PictureRow], most: int) -> list[PictureRow]:
    """Put alike rows together; those apart from each other only if there are still too many."""
    joined = _join_neighbours(chronicle, rows)
    if len(joined) <= most or len(rows) > _MOST_MOVED or not chronicle.shows_all_causes:
        return joined
    return _with_states(chronicle, _join_neighbours(chronicle, _brought_together(chronicle, rows)))


def _brought_together(chronicle: Chronicle, rows: Sequence[PictureRow]) -> list[PictureRow]:
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


def _may_swap(chronicle: Chronicle, one: PictureRow, other: PictureRow) -> bool:
    for row in (one, other):
        if row.kind in _BARRIERS or row.who == YOU or row.mark:
            return False
    return one.index != other.index and chronicle.unordered(one.index, other.index)


def _join_neighbours(chronicle: Chronicle, rows: Sequence[PictureRow]) -> list[PictureRow]:
    told: list[PictureRow] = []
    for row in rows:
        if told and _is_alike(told[-1], row):
            told[-1] = _joined(chronicle, told[-1], row)
        else:
            told.append(row)
    return told


def _is_alike(above: PictureRow, row: PictureRow) -> bool:
    if above.kind != row.kind or row.mark:
        return False
    if row.kind in _OF_ONE:
        return above.who == row.who and (row.kind != "signal" or _is_same_signal(above, row))
    if row.kind == "exit":
        return _verb(above) == _verb(row)
    same = row.phrase == above.phrase or _plural(row.phrase) == above.phrase
    return row.kind in _OF_SEVERAL and same and above.who != row.who


def _is_same_signal(above: PictureRow, row: PictureRow) -> bool:
    """Return whether both reached a process that is shown: a refusal is a row of its own."""
    one, other = above.phrase.split(" to ")[0], row.phrase.split(" to ")[0]
    is_refused = ":" in above.phrase + row.phrase
    return one == other and bool(above.others and row.others) and not is_refused


def _verb(row: PictureRow) -> str:
    return "killed" if "killed" in row.phrase else "ended"


def _joined(chronicle: Chronicle, above: PictureRow, row: PictureRow) -> PictureRow:
    also = (*above.also, above.index)
    if row.kind in _OF_ONE:
        others = (*above.others, *row.others)
        to = f"{row.phrase.split(' to ')[0]} to" if row.kind == "signal" else ""
        verb = {"fork": "forks", "reap": "collects", "signal": to}[row.kind]
        phrase = f"{verb} {few_or_count([chronicle.label(name) for name in others])}"
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


def few_or_count(names: Sequence[str]) -> str:
    """Return names for people; of many only their number: the lanes show who they are.

    >>> few_or_count(["child", "child 2"]), few_or_count(["a", "b", "c", "d", "e"])
    ('child and child 2', '5 processes')
    """
    return listed(names) if len(names) < 3 else counted(len(names), "process", "processes")


def _with_states(chronicle: Chronicle, rows: Sequence[PictureRow]) -> list[PictureRow]:
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


def _follow(chronicle: Chronicle, states: dict[str, str], row: PictureRow, index: int) -> None:
    """Change the states as an event does."""
    what, owner = chronicle.events[index].what, chronicle.owners[index]
    if isinstance(what, events.Fork):
        states[what.child] = "running"
    if isinstance(what, events.Reap):
        states[what.child] = ""
    if isinstance(what, events.Rest):
        for name in [row.who, *row.others] if row.kind == "sleep" else list(states):
            process = chronicle.processes.get(name)
            states[name] = process.state_at(index) if process is not None else ""
    elif not isinstance(what, events.Reparent) and states.get(owner):
        states[owner] = _BECOMES.get(type(what), "running")
