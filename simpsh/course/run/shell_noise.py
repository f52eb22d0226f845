"""What a shell does for itself, which is left out of what was seen of a line that simpsh runs.

It tries one directory of PATH after the other, of which the last attempt counts. The members of a
pipeline wait at a gate: what a shell has for itself is a descriptor from OWN_LOWEST up. Between two
commands it asks whether a child has changed, without waiting. It puts each job into a group, as the
job itself does, and comes too late if that executes its program already.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from errno import EACCES

from simpsh.base.events import (
    Event,
    Exec,
    ExecError,
    Exit,
    Read,
    SetPgid,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.kernel.descriptors import OWN_LOWEST


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
    for place, event in reversed([*enumerate(events)]):
        if isinstance(event.what, ExecError) and event.proc in tried_again:
            searches.add(place)
        elif isinstance(event.what, Exec | ExecError):
            tried_again.add(event.proc)
    return searches
