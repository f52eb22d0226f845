"""Validate arguments before forking: what −1 seconds does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, some, value
from simpsh.grade.exercises import (
    Asked,
    Exercise,
    Exit,
    Fork,
    Trial,
    ended,
    left_behind,
    so,
    writes_to_output,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.grade.exercises import Observation

child = "P1"
_WATCHED = 10.0
_BAD = (
    ("negative", "-1", "a number below 0"),
    ("word", "abc", "a word"),
    ("trailing", "9x", "a number with other characters after it"),
    ("empty", "", "nothing"),
    ("huge", "99999999999999999999", "a number too great for any type"),
    ("great", "61", "a number above 60"),
    ("long", "007", "a number of three digits"),
    ("signed", "+7", "a number with a sign"),
    ("foreign", "\u0663", "a digit of another script"),
    ("disguised", "1_0", "a number in the notation of a programming language"),
)


def _complains(seen: Observation) -> str:
    if seen.hangs:
        return "your program never ended: it waits for a child that sleeps"
    if seen.chronicle.processes["P0"].status != 2 << 8:
        return ended(seen)[0]
    if writes_to_output(seen):
        return "your program wrote to standard output, not to standard error"
    if len(seen.output.strip().splitlines()) != 1:
        return f"your program said {seen.output!r}"
    return ""


def _forked(text: str) -> str:
    return f"your program forked although it was given {text!r}"


def _refused(key: str, text: str, what: str) -> Trial:
    return Trial(
        arguments=(text,),
        seconds=5,
        asks=(
            Asked(
                key,
                f"{what} ({text!r}) is refused in one line, with status 2, before any fork",
                all_of(
                    "not P0.forks()", so("it is refused in one line, with status 2", _complains)
                ),
                did=lambda seen: _forked(text) if value("P0.forks()", seen) else _complains(seen),
                look_at="strtol(3): errno, the end pointer, the range; int() and sleep() "
                "accept more than you think",
            ),
        ),
    )


_WORKS = Trial(
    arguments=("0",),
    asks=(
        Asked(
            "works",
            "0 seconds: a child is made, ends with status 0, and is collected",
            some(
                "",
                ("P0.collects(P1)", "your program collected no child"),
                ("P1.status == 0", "the child's status was {P1.status}"),
                ("returns", "your program never ended"),
            ),
            points=2,
            look_at="fork(2), wait(2)",
        ),
        Asked(
            "success",
            "and your program ends with status 0",
            some(
                "",
                ("P0.collects(P1)", "your program collected no child"),
                ("P0.status == 0", "its status was {P0.status}"),
            ),
            needs=("works",),
            look_at="exit(3)",
        ),
    ),
)


def _slept(seconds: int) -> Callable[[Observation], str]:
    """Return a check that a child slept this many seconds and that the program waited for it.

    A sleep that outlasts the run counts as rest. The child is then killed, so that the check ends.
    """

    def instead(seen: Observation) -> str:
        if child not in seen.names:
            return f"{ended(seen)[0]}, and made no child"
        lived, outlasts = _lifetime(seen), "rest" in seen.moments
        if outlasts or lived is None:
            if seconds < _WATCHED:
                return f"the child lived for longer than {seconds} seconds"
            if not outlasts:
                return ""  # it slept in several calls, or for the requested time
            look = seen.moments["rest"].looks.get(child)
            if look is None or look.state != "S":
                return "no child slept"
        elif lived < seconds:
            return f"the child lived for {lived:.1f} seconds"
        return "your program did not wait for it" if left_behind(seen) else ""

    return instead


def _lifetime(seen: Observation) -> float | None:
    """Return the lifetime of the child in seconds; None if it was alive when the run ended."""
    if seen.chronicle.processes[child].status is None:
        return None
    times = [
        event.ts
        for event in seen.events
        if isinstance(event.what, Fork)
        or (isinstance(event.what, Exit) and seen.name_of(event.proc) == child)
    ]
    return (times[-1] - times[0]) / 1e9


def _sleeps(seconds: int) -> Trial:
    return Trial(
        arguments=(str(seconds),),
        at_rest=(Kill("P1", "SIGTERM"),),
        seconds=_WATCHED,
        asks=(
            Asked(
                f"sleeps-{seconds}",
                f"{seconds} seconds: a child sleeps, and your program waits for it",
                so("a child sleeps, and your program waits for it", _slept(seconds)),
                look_at="sleep(3), wait(2)",
            ),
        ),
    )


EXERCISE = Exercise(
    id="validate-arguments",
    title="Validate arguments before forking",
    minutes=20,
    after=("fork-can-fail",),
    trials=(_WORKS, _sleeps(1), _sleeps(60), *(_refused(*one) for one in _BAD)),
    hints=(
        "What notices that the argument makes no sense: your program, the child, or sleep? When?",
        "In C, atoi reports no error. sleep takes an unsigned number: −1 becomes 136 years.",
        "In Python, int() accepts “1_0”, “ 7” and digits of other scripts. Which texts do you "
        "want?",
        "Check the whole text: one or two ASCII digits, value at most 60. Only then fork.",
    ),
)
