"""What a shell does for itself, and nobody who watches its line wants to see.

It tries one directory of PATH after the other, of which the last attempt counts; members of a
pipeline wait at a gate, a pipe through which nothing but its word for “go” ever comes; and between
two commands it asks whether a child has changed, without waiting. It puts each job into a group, as
the job itself does, and comes too late if that executes its program already. What is left of the
pipes is lettered anew, so that the first one of a line is A.
"""

from __future__ import annotations

import re
from dataclasses import replace
from errno import EACCES
from typing import TYPE_CHECKING

from simpsh.course.observation import Observation
from simpsh.events import (
    Exec,
    ExecError,
    Exit,
    Pipe,
    Read,
    Rest,
    SetPgid,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.record import changed
from simpsh.trace.call_events import pipe_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simpsh.course.observation import Look, Moment
    from simpsh.events import Event, What

_PIPE = re.compile(r"\bpipe ([A-Z][0-9]*)\b")
_GO = frozenset("g")


def without_noise(events: Sequence[Event]) -> list[Event]:
    """Return the events without what a shell and its copies do for themselves."""
    programs = {event.proc for event in events if isinstance(event.what, Exec)}
    noise = {*_searches(events), *_gates(events, programs), *_polls(events, programs)}
    noise.update(_late_groups(events, programs))
    return [event for place, event in enumerate(events) if place not in noise]


def _searches(events: Sequence[Event]) -> Iterable[int]:
    """Yield the attempts to execute that the same process followed by others, or would have."""
    tried_again = {event.proc for event in events if _is_cut_short(event.what)}
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if isinstance(event.what, ExecError) and event.proc in tried_again:
            yield place
        elif isinstance(event.what, Exec | ExecError):
            tried_again.add(event.proc)


def _is_cut_short(what: What) -> bool:
    """Tell whether a signal stopped or ended a process: a search may have been under way."""
    return isinstance(what, Stop) or (isinstance(what, Exit) and bool(what.status & 0x7F))


def _gates(events: Sequence[Event], programs: set[str]) -> Iterable[int]:
    """Yield what happens to pipes through which nothing but “go” came."""
    said: dict[str, str] = {}
    for event in events:
        if isinstance(event.what, Write) and event.what.pipe:
            said[event.what.pipe] = said.get(event.what.pipe, "") + event.what.text
    gates = {pipe for pipe, text in said.items() if text and set(text) <= _GO}
    made = {
        event.what.pipe
        for event in events
        if isinstance(event.what, Pipe) and event.proc not in programs
    }
    for place, event in enumerate(events):
        if isinstance(event.what, Pipe | Read | Write) and event.what.pipe in gates & made:
            yield place


def _polls(events: Sequence[Event], programs: set[str]) -> Iterable[int]:
    """Yield the waits with WNOHANG that found nobody, and their ends."""
    asked: dict[str, int] = {}
    for place, event in enumerate(events):
        if event.proc in programs:
            continue
        if isinstance(event.what, Wait):
            asked.pop(event.proc, None)
            if "WNOHANG" in event.what.options:
                asked[event.proc] = place
        elif isinstance(event.what, WaitReturn) and event.proc in asked:
            begin = asked.pop(event.proc)
            if event.what.child_pid <= 0:
                yield from (begin, place)


def _late_groups(events: Sequence[Event], programs: set[str]) -> Iterable[int]:
    """Yield the refusals to move a child that executes its program already: it has moved itself."""
    for place, event in enumerate(events):
        what = event.what
        if isinstance(what, SetPgid) and what.errno == EACCES and event.proc not in programs:
            yield place


def relettered(seen: Observation) -> Observation:
    """Return the same with the pipes lettered in the order in which this line made them."""
    made = [event.what.name for event in seen.events if isinstance(event.what, Pipe)]
    held = {
        one.pipe
        for moment in seen.moments.values()
        for look in moment.looks.values()
        for one in look.descriptors.values()
    }
    older = sorted(held - {*made, ""})
    letters = {old: pipe_letter(place) for place, old in enumerate(filter(None, [*made, *older]))}
    return replace(
        seen,
        events=tuple(_event(event, letters) for event in seen.events),
        moments={mark: _moment(moment, letters) for mark, moment in seen.moments.items()},
    )


def _event(event: Event, letters: Mapping[str, str]) -> Event:
    match event.what:
        case Pipe(name=name) if name in letters:
            return changed(event, what=changed(event.what, name=letters[name]))
        case Rest(waiting):
            told = tuple((who, _words(words, letters)) for who, words in waiting)
            return changed(event, what=Rest(told))
        case _:
            return event


def _moment(moment: Moment, letters: Mapping[str, str]) -> Moment:
    return replace(moment, looks={name: _look(one, letters) for name, one in moment.looks.items()})


def _look(look: Look, letters: Mapping[str, str]) -> Look:
    table = {
        number: replace(
            one, pipe=letters.get(one.pipe, one.pipe), target=_words(one.target, letters)
        )
        for number, one in look.descriptors.items()
    }
    return replace(look, descriptors=table)


def _words(words: str, letters: Mapping[str, str]) -> str:
    return _PIPE.sub(lambda found: f"pipe {letters.get(found[1], found[1])}", words)
