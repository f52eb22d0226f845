"""What a shell does for itself, which is left out of what was seen of a line that simpsh runs.

It tries one directory of PATH after the other, of which the last attempt counts. The members of a
pipeline wait at a gate: what a shell has for itself is a descriptor from OWN_LOWEST up. Between two
commands it asks whether a child has changed, without waiting. It puts each job into a group, as the
job itself does, and comes too late if that executes its program already. The pipes are lettered
anew: the first one of a line is A.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from errno import EACCES

from simpsh.base.events import (
    Event,
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
    pipe_letter,
)
from simpsh.base.record import changed
from simpsh.course.claims.observation import Observation, ProcessLook
from simpsh.kernel.descriptors import OWN_LOWEST

_PIPE = re.compile(r"\bpipe ([A-Z][0-9]*)\b")


def without_noise(events: Sequence[Event]) -> list[Event]:
    """Return the events without what a shell and its copies do for themselves."""
    programs = {event.proc for event in events if isinstance(event.what, Exec)}
    noise = _searches(events)
    executed: set[str] = set()
    polls: dict[str, int] = {}
    """Where a shell asked last, without waiting, whether a child has changed."""
    for place, event in enumerate(events):
        what, process = event.what, event.proc
        if isinstance(what, Exec):
            executed.add(process)
        elif isinstance(what, Read | Write):
            # By a descriptor of its own.
            if what.fd >= OWN_LOWEST and process not in executed:
                noise.add(place)
        elif process in programs:
            continue
        elif isinstance(what, Wait):
            polls.pop(process, None)
            if "WNOHANG" in what.options:
                polls[process] = place
        elif isinstance(what, WaitReturn) and process in polls:
            asked = polls.pop(process)
            if what.child_pid <= 0:
                noise |= {asked, place}
        elif isinstance(what, SetPgid) and what.errno == EACCES:
            # The child that executes its program already has moved itself.
            noise.add(place)
    return [event for place, event in enumerate(events) if place not in noise]


def _searches(events: Sequence[Event]) -> set[int]:
    """Return the attempts to execute that the same process followed by others, or would have."""
    tried_again = {
        event.proc
        for event in events
        # A signal has stopped or ended it: a search may have been under way.
        if isinstance(event.what, Stop)
        or (isinstance(event.what, Exit) and os.WIFSIGNALED(event.what.status))
    }
    searches = set()
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if isinstance(event.what, ExecError) and event.proc in tried_again:
            searches.add(place)
        elif isinstance(event.what, Exec | ExecError):
            tried_again.add(event.proc)
    return searches


def relettered(seen: Observation) -> Observation:
    """Return the same with the pipes lettered in the order in which this line made them."""
    made = [event.what.name for event in seen.events if isinstance(event.what, Pipe)]
    held = {
        descriptor.pipe
        for moment in seen.moments.values()
        for look in moment.looks.values()
        for descriptor in look.descriptors.values()
    }
    older = sorted(held - {*made, ""})
    letters = {old: pipe_letter(place) for place, old in enumerate(filter(None, [*made, *older]))}

    def of_event(event: Event) -> Event:
        what = event.what
        if isinstance(what, Pipe) and what.name in letters:
            return changed(event, what=changed(what, name=letters[what.name]))
        if isinstance(what, Rest):
            waiting = tuple((name, in_words(words)) for name, words in what.waiting)
            return changed(event, what=changed(what, waiting=waiting))
        return event

    def of_look(look: ProcessLook) -> ProcessLook:
        table = {
            number: replace(
                descriptor,
                pipe=letters.get(descriptor.pipe, descriptor.pipe),
                target=in_words(descriptor.target),
            )
            for number, descriptor in look.descriptors.items()
        }
        return replace(look, descriptors=table)

    def in_words(words: str) -> str:
        return _PIPE.sub(lambda match: f"pipe {letters.get(match[1], match[1])}", words)

    moments = {}
    for mark, moment in seen.moments.items():
        looks = {name: of_look(look) for name, look in moment.looks.items()}
        moments[mark] = replace(moment, looks=looks)
    return replace(seen, events=tuple(map(of_event, seen.events)), moments=moments)
