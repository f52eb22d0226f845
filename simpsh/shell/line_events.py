"""The record of a line as events, for `timeline`: births, pipes, programs, ends, who waited."""

from __future__ import annotations

import os

from simpsh.base import events
from simpsh.base.events import Event
from simpsh.base.own_program import THIS_SHELL
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.roles import EARLIER
from simpsh.base.targets import Member, PipeEnd
from simpsh.base.wait_status import Stopped, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.base.events import What
    from simpsh.base.line_record import Act

    Timed = tuple[int, int, What]
    """Nanoseconds, the pid of the process, and the event's data."""


def events_of(acts: Sequence[Act], shell: int) -> tuple[Event, ...]:
    """Return the events of a line's processes; the shell is P0."""
    names, births = {shell: FIRST}, {FIRST: 0}
    happened: list[Timed] = []
    pipes: dict[tuple[int, int, int], str] = {}
    for act in acts:
        if not act.is_process:
            continue
        parent = names.get(act.parent, FIRST)
        births[parent] += 1
        name = names[act.pid] = child_name(parent, births[parent])
        births[name] = 0
        ends = []
        for descriptor, right in ((0, act.index - 1), (1, act.index)):
            if 0 <= right < act.count - 1:
                number = pipes.setdefault((*act.job, right), f"{len(pipes)}")
                ends.append((descriptor, PipeEnd(number, "w" if descriptor else "r")))
        happened += _life(act, name, tuple(ends))
        if act.status is not None:
            happened += _end(act, name, names.get(act.waiter, FIRST))
    happened.sort(key=lambda event: event[0])
    first = next((ns for ns, _, _ in happened if ns), 0)
    own = events.Start(os.getppid(), (THIS_SHELL,), is_this_shell=True)
    found = [Event(shell, own, 0, 1, FIRST)]
    for seq, (ns, pid, what) in enumerate(happened, 2):
        found.append(Event(pid, what, max(0, ns - first), seq, names.get(pid, "")))
    return tuple(found)


def _life(act: Act, name: str, ends: tuple[tuple[int, PipeEnd], ...]) -> Iterator[Timed]:
    if EARLIER in act.roles:
        yield 0, act.pid, events.Start(act.parent, act.words, state="S")
        return
    yield act.born, act.parent, events.Fork(act.pid, name, pipes=ends)
    if act.failed is not None and act.failed.call == "execve":
        error = events.ExecError(f"{act.failed.args[0]}", act.failed.errno)
        yield act.ended - 1, act.pid, error
    elif act.words and act.failed is None:
        yield act.born + act.count, act.pid, events.Exec(act.words, act.words[0], ends)


def _end(act: Act, name: str, waiter: str) -> Iterator[Timed]:
    """Yield the end, or the stop, at the time when a wait returned it."""
    assert act.status is not None  # it has one
    word = encode(act.status)
    if isinstance(act.status, Stopped):
        yield act.ended, act.pid, events.Stop(int(act.status.signal))
        yield act.ended + 1, act.waiter, events.WaitReturn(act.pid, name, word)
        return
    yield act.ended, act.pid, events.Exit(word)
    yield act.ended + 1, act.waiter, events.WaitReturn(act.pid, name, word)
    yield act.ended + 2, act.waiter, events.Reap(act.pid, name, Member(waiter))
