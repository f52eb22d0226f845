"""What a program did that no task asks for: said in plain sentences, beside what it was asked."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simpsh.events import Call, Fork, Open, SignalSend, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simpsh.course.observation import Observation
    from simpsh.events import Event

_FORKS = ("fork", "vfork", "clone", "clone3")
_MANY_REFUSED = 8
_MANY_BYTES = 8 << 20
_MANY_SIGNALS = 50
_MEBI = 1 << 20


def conduct(runs: Iterable[Observation]) -> tuple[str, ...]:
    """Say what was out of proportion in some runs; empty if nothing was."""
    found = [words for seen in runs for rule in _RULES if (words := rule(seen))]
    return tuple(dict.fromkeys(found))


def _forks(seen: Observation) -> str:
    refused = _count(seen, lambda event: isinstance(event.what, Call) and _is_refused(event.what))
    if refused < _MANY_REFUSED:
        return ""
    made = _count(seen, lambda event: isinstance(event.what, Fork))
    return f"it made {made} processes, and went on forking when it was refused more"


def _is_refused(call: Call) -> bool:
    return call.name in _FORKS and call.errno == errno.EAGAIN


def _fills(seen: Observation) -> str:
    full = (errno.ENOSPC, errno.EDQUOT)
    writes = _count(seen, lambda e: isinstance(e.what, Write | Open) and e.what.errno in full)
    too_large = _count(seen, lambda e: isinstance(e.what, Write) and e.what.errno == errno.EFBIG)
    if writes:
        return "it filled the room that its files have"
    return "it wrote a file larger than it may" if too_large else ""


def _prints(seen: Observation) -> str:
    written = sum(
        event.what.count
        for event in seen.events
        if isinstance(event.what, Write) and event.what.fd in (1, 2)
    )
    return f"it printed {written // _MEBI} MiB" if written >= _MANY_BYTES else ""


def _signals(seen: Observation) -> str:
    sent = [event.what for event in seen.events if isinstance(event.what, SignalSend)]
    if any(one.target == -1 for one in sent):
        return "it sent a signal to every process it could reach (kill -1)"
    refused = [one for one in sent if one.errno == errno.EPERM]
    if any(one.target == 1 for one in refused):
        return "it sent a signal to process 1, and was refused"
    if refused:
        return "it sent a signal to a process that is not its own, and was refused"
    missed = sum(one.errno == errno.ESRCH for one in sent)
    if missed >= _MANY_SIGNALS:
        return f"it sent signals to {missed} processes that are not there"
    return ""


def _late(seen: Observation) -> str:
    if "was ended after" not in seen.problem:
        return ""
    living = [name for name, state in seen.left.items() if state]
    if len(living) < 2:
        return seen.problem
    return seen.problem.replace("it was", f"it and {len(living) - 1} more of its processes were")


_RULES: tuple[Callable[[Observation], str], ...] = (_forks, _fills, _prints, _signals, _late)


def _count(seen: Observation, is_meant: Callable[[Event], bool]) -> int:
    return sum(map(is_meant, seen.events))
