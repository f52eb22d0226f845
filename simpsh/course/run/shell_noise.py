"""Removes a shell's own actions from the observation of a line that simpsh runs.

These are: failed attempts in the directories of PATH; the gate of a pipeline's members, whose
descriptors are numbered from OWN_LOWEST; non-blocking waits between two commands; and a setpgid by
the parent that fails because the child, which has moved itself, already executes its program.
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
    """Return the events without a shell's own actions."""
    programs = {event.proc for event in events if isinstance(event.what, Exec)}
    noise = _searches(events)
    executed: set[str] = set()
    polls: dict[str, int] = {}
    """The shell's last non-blocking wait, by process."""
    for index, event in enumerate(events):
        what, process = event.what, event.proc
        if isinstance(what, Exec):
            executed.add(process)
        elif isinstance(what, Read | Write):
            # A write to or read from a descriptor of the shell itself.
            if what.fd >= OWN_LOWEST and process not in executed:
                noise.add(index)
        elif process in programs:
            continue
        elif isinstance(what, Wait):
            polls.pop(process, None)
            if "WNOHANG" in what.options:
                polls[process] = index
        elif isinstance(what, WaitReturn) and process in polls:
            asked = polls.pop(process)
            if what.child_pid <= 0:
                noise |= {asked, index}
        elif isinstance(what, SetPgid) and what.errno == EACCES:
            # The child has moved itself into the group and already executes its program.
            noise.add(index)
    return [event for index, event in enumerate(events) if index not in noise]


def _searches(events: Sequence[Event]) -> set[int]:
    """Return the failed execs that the same process followed, or would have followed, by others."""
    tried_again = {
        event.proc
        for event in events
        # A signal has stopped or killed it, perhaps in the middle of a search.
        if isinstance(event.what, Stop)
        or (isinstance(event.what, Exit) and os.WIFSIGNALED(event.what.status))
    }
    searches = set()
    for index, event in reversed([*enumerate(events)]):
        if isinstance(event.what, ExecError) and event.proc in tried_again:
            searches.add(index)
        elif isinstance(event.what, Exec | ExecError):
            tried_again.add(event.proc)
    return searches
