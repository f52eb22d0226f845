"""Wait for a signal without losing it: block it before fork, and unblock it only in the sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import (
    AT_BIRTH,
    BEFORE_SLEEP,
    PROGRAM,
    Asked,
    Exercise,
    Reap,
    Trial,
    ended,
    left_behind,
    so,
    wakes_up,
)

if TYPE_CHECKING:
    from simpsh.grade.exercises import Observation

child = "P1"


def _says_ready(seen: Observation) -> str:
    if "ready" in seen.printed(PROGRAM).splitlines():
        return ""
    return ended(seen)[0] if seen.chronicle.processes[PROGRAM].status else "it did not print ready"


def _left(seen: Observation) -> str:
    return "your program ended without having collected its child" if left_behind(seen) else ""


def _late(seen: Observation) -> str:
    """Return an error if the child was collected before ready was written."""
    gone = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Reap) and seen.name_of(event.what.child) == child
    ]
    if gone and seen.outputs and gone[0] < seen.outputs[0]:
        return (
            "your program wrote “ready” when the child was already collected: where the output "
            "is no terminal, printf keeps the text in a buffer until fflush or the end"
        )
    return ""


EXERCISE = Exercise(
    id="lost-wakeup",
    title="Wait for a signal without losing it",
    minutes=25,
    after=("signals-blocked",),
    trials=(
        Trial(
            at_rest=(Kill("P0", "SIGUSR1"),),
            asks=(
                Asked(
                    "child",
                    "your program makes one child, and sleeps until SIGUSR1 comes",
                    "len(P0.forks()) == 1 and at('rest').P0.state == 'S'",
                    did=lambda seen: (
                        "your program ended before the signal"
                        if child in seen.names
                        else "your program made no child"
                    ),
                    look_at="fork(2)",
                ),
                Asked(
                    "ready",
                    "after the signal it prints ready",
                    so("it prints ready", _says_ready),
                    needs=("child",),
                    look_at="sigaction(2): the default action of SIGUSR1 ends a process",
                ),
                Asked(
                    "collected",
                    "then it ends the child with SIGTERM, collects it, and ends with status 0",
                    "P1.killed('SIGTERM') and P0.collects(P1) and "
                    "before(P0.writes('ready'), P0.collects(P1)) and P0.status == 0",
                    did=lambda seen: _left(seen) or _late(seen) or ended(seen)[0],
                    needs=("child", "ready"),
                    look_at="kill(2), waitpid(2); stdio(3): fflush",
                ),
            ),
        ),
        Trial(
            order=AT_BIRTH,
            at_rest=(Kill("P0", "SIGUSR1"),),
            asks=(
                Asked(
                    "birth",
                    "a SIGUSR1 that comes before fork has returned is not lost",
                    wakes_up("the signal wakes the program"),
                    points=3,
                    look_at="sigprocmask(2) or sigaction(2), before fork",
                ),
            ),
        ),
        Trial(
            order=BEFORE_SLEEP,
            at_rest=(Kill("P0", "SIGUSR1"),),
            asks=(
                Asked(
                    "gap",
                    "a SIGUSR1 that comes right before your program sleeps is not lost",
                    wakes_up("the signal wakes the program"),
                    points=3,
                    look_at="sigsuspend(2), sigwait(3), ppoll(2), signalfd(2)",
                ),
            ),
        ),
    ),
    hints=(
        "The child can send the signal before fork has returned in the parent. What must have "
        "been done by then?",
        "A blocked signal is not lost: it is pending until it is unblocked. fork copies the mask.",
        "If you unblock the signal and then call pause, the signal can come between the two calls.",
        "sigsuspend(&mask) sets a mask, sleeps until a handler has run, and sets the old mask "
        "again, all in one step. sigwait takes a blocked signal without a handler; in Python use "
        "signal.sigwait.",
    ),
)
