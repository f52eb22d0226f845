"""Wait for a signal without losing it: block it before fork, and unblock it only in the sleep."""

from __future__ import annotations

from simpsh.course import Kill
from simpsh.grade.exercises import AT_BIRTH, BEFORE_SLEEP, WAKES_UP, Asked, Exercise, Trial

EXERCISE = Exercise(
    id="lost-wakeup",
    title="Wait for a signal without losing it",
    minutes=25,
    trials=(
        Trial(
            at_rest=(Kill("P0", "SIGUSR1"),),
            asks=(
                Asked(
                    "child",
                    "your program makes one child, and sleeps until SIGUSR1 comes",
                    [
                        ("len(P0.forks()) == 1", "your program forked {len(P0.forks())} times"),
                        ("at('rest').P0.state == 'S'", "your program ended before the signal"),
                    ],
                    look_at="fork(2)",
                ),
                Asked(
                    "ready",
                    "after the signal it prints ready",
                    [("P0.prints('ready')", "it did not print ready; {ending(P0)}")],
                    needs=("child",),
                    look_at="sigaction(2): the default action of SIGUSR1 ends a process",
                ),
                Asked(
                    "collected",
                    "then it ends the child with SIGTERM, collects it, and ends with status 0",
                    [
                        ("P0.collects(P1)", "your program ended without having collected {left}"),
                        (
                            "before(P0.writes('ready'), P0.collects(P1))",
                            "your program wrote “ready” when the child was already collected: "
                            "where the output is no terminal, printf keeps the text in a buffer "
                            "until fflush or the end",
                        ),
                        ("P1.killed('SIGTERM')", "{ending(P1)}"),
                        ("P0.status == 0", "{ending(P0)}"),
                    ],
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
                    WAKES_UP,
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
                    WAKES_UP,
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
