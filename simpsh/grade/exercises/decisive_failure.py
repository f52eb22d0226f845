"""The failure that decides: a hang, a crash, an exception; what depends on it cannot be judged."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from simpsh.base.events import Exec, ExecError, Exit, SignalSend, place_words
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.course.claims.observation import Observation
from simpsh.grade.exercises.exercise import PROGRAM
from simpsh.view.event_sentences import sentence

_FAULTS = frozenset({4, 6, 7, 8, 11, 31})
"""SIGILL SIGABRT SIGBUS SIGFPE SIGSEGV SIGSYS: what a defect of the program itself causes."""
_TRACEBACK = "Traceback (most recent call last):"
_ENDS_IN_ERROR = re.compile(r"^[\w.]*(Error|Exception|Interrupt|Warning)\b.*$")
_MOST_LINES = 8
_RESTLESS = (
    "It asks again and again, or computes, instead of sleeping in a call until something happens."
)


class DecisiveFailure(Record):
    """Why a program did not do what it would have done."""

    words: str
    """What happened, in a sentence: `your program never ended`."""
    detail: tuple[str, ...] = ()
    """More of it, in lines: which process waits for what; the end of a traceback."""
    event: int = -1
    """The event that shows it; -1 where none does."""

    @property
    def text(self) -> str:
        """All of it, in lines."""
        return "\n".join((self.words, *self.detail))


def decisive_failure(
    seen: Observation, argv: Sequence[str], acts: int = 0
) -> DecisiveFailure | None:
    """Return what kept a program from doing what was asked; None if nothing did.

    Args:
        seen: a run of it in which something that was asked is missing.
        argv: the program, with the path of its file.
        acts: how many times the judge was to do something when no process could move any more.
    """
    if seen.problem.startswith(f"{PROGRAM}: "):
        words, event = seen.problem.removeprefix(f"{PROGRAM}: "), -1
        for index, failed in enumerate(seen.events):
            if isinstance(failed.what, ExecError) and seen.name_of(failed.proc) == PROGRAM:
                words, event = os.strerror(failed.what.errno), index
        return DecisiveFailure(f"your program could not be executed: {words}", (), event)
    # A child that was ended right at its birth has a name, and nothing that it did.
    for name in (name for name in seen.names if name in seen.chronicle.processes):
        if failure := _exception(seen, name, argv) or _crash(seen, name):
            return failure
    if seen.problem:
        # The judge waits for sleep before it does the rest of what it was to do.
        detail = () if len(seen.rests) >= acts else (_RESTLESS,)
        return DecisiveFailure(f"your program never ended: {seen.problem}", detail)
    if PROGRAM in seen.left:
        if not seen.rests:
            return DecisiveFailure("your program never ended")
        last = seen.rests[-1]
        return DecisiveFailure(
            "your program never ended", (f"{sentence(seen.chronicle, last)}.",), last
        )
    return None


def _exception(seen: Observation, name: str, argv: Sequence[str]) -> DecisiveFailure | None:
    """Return the exception that ended a process in Python, with the end of its traceback."""
    end = _end_of(seen, name)
    if end < 0 or seen.chronicle.processes[name].status != 1 << 8:
        return None
    lines = seen.printed(name).splitlines()
    for path in filter(os.path.isabs, argv):
        lines = [line.replace(path, os.path.basename(path)) for line in lines]
    place = next((number for number, line in enumerate(lines) if line.startswith("  File ")), -1)
    last = next((line for line in reversed(lines) if _ENDS_IN_ERROR.match(line)), "")
    if not last.startswith("SyntaxError") and (place < 0 or _TRACEBACK not in lines):
        return None
    shown = [line for line in lines if line != _TRACEBACK][-_MOST_LINES:]
    if shown[-1] == last:
        shown.pop()  # the headline has it
    subject = "your program" if name == PROGRAM else name
    return DecisiveFailure(f"an exception ended {subject}: {last}", tuple(shown), end)


def _crash(seen: Observation, name: str) -> DecisiveFailure | None:
    """Return the signal that the kernel ended a process of the student's own code with."""
    process, end = seen.chronicle.processes[name], _end_of(seen, name)
    number = (process.status or 0) & 0x7F
    # 0 and negative targets are groups: the process may be among them.
    targets = {
        abs(event.what.target) for event in seen.events if isinstance(event.what, SignalSend)
    }
    if end < 0 or number not in _FAULTS or not targets.isdisjoint((0, process.pid)):
        return None
    executed = any(isinstance(event.what, Exec) and event.proc == name for event in seen.events)
    if executed and name != PROGRAM:
        return None
    place = place_words(seen.events[end].at)
    subject = "your program" if name == PROGRAM else f"{name}, which runs your code,"
    words = f"{subject} crashed: {Signal(number)}"
    return DecisiveFailure(f"{words} ({place})" if place else words, (), end)


def _end_of(seen: Observation, name: str) -> int:
    for index, event in enumerate(seen.events):
        if isinstance(event.what, Exit) and seen.name_of(event.proc) == name:
            return index
    return -1
