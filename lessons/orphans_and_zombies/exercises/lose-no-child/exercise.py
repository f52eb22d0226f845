"""Lose no child: a handler for SIGCHLD that collects all children, even if ten end at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import (
    AT_BIRTH,
    BEFORE_SLEEP,
    WAKES_UP,
    Asked,
    Exercise,
    Trial,
    prints,
    reported,
)

if TYPE_CHECKING:
    from random import Random

_COUNT = 11
_NAMES = tuple(f"P{number}" for number in range(1, _COUNT + 1))
_CHILDREN = (f"len(P0.forks()) == {_COUNT}", "your program made {len(P0.forks())} children")
_COLLECTED = (
    "not left",
    f"{_COUNT} children ended, your program got {{len(P0.gets_signal('SIGCHLD'))}} SIGCHLD; never "
    "collected: {left}",
    "rests",
)


def _trials(random: Random) -> tuple[Trial, ...]:
    signals = [random.choice(("SIGTERM", "SIGHUP", "SIGUSR1")) for _ in _NAMES]
    ends = [Kill(child, name) for child, name in zip(_NAMES, signals, strict=True)]
    woken = [*WAKES_UP, ("P0.collects(P1)", "the child was not collected")]
    return (
        Trial(
            arguments=(str(_COUNT),),
            # While the program is stopped, the ten deaths are one pending signal.
            at_rest=(ends[0], Kill("P0", "SIGSTOP"), *ends[1:], Kill("P0", "SIGCONT")),
            asks=(
                Asked(
                    "children",
                    f"your program has {_COUNT} children, and they have none",
                    [
                        _CHILDREN,
                        ("not any(p.forks() for p in processes[1:])", "a child forked, too"),
                    ],
                    look_at="fork(2)",
                ),
                Asked(
                    "handler",
                    "a handler is called when a child has ended",
                    [
                        (
                            "handled(P0, 'SIGCHLD')",
                            "no handler of your program was called for SIGCHLD",
                        )
                    ],
                    needs=("children",),
                    look_at="sigaction(2)",
                ),
                Asked(
                    "alone",
                    "one child ends: it is collected while the others live",
                    [
                        (
                            "P0.collects(P1) and at('rest', 2).P1.gone",
                            "one child ended, ten lived, and it was not collected",
                        )
                    ],
                    needs=("children",),
                    look_at="waitpid(2): −1 for any child",
                ),
                Asked(
                    "deaf",
                    "your program never sleeps in a wait",
                    [
                        (
                            "not {*slept_in(P0)} & {'wait4', 'waitid'}",
                            "your program slept in a wait: no handler can do anything else until "
                            "the next child ends",
                        )
                    ],
                    points=2,
                    look_at="waitpid(2): WNOHANG",
                ),
                Asked(
                    "collected",
                    "the other ten end at once: all are collected",
                    [_CHILDREN, _COLLECTED],
                    points=3,
                    needs=("children",),
                    look_at="signal(7): a standard signal does not queue; call waitpid until "
                    "no ended child is left",
                ),
                Asked(
                    "told",
                    "it prints a line for each: the pid and the signal that ended it",
                    [
                        _COLLECTED,
                        reported(*_NAMES),
                        prints("['%d %d' % (end.pid, end.signal) for end in ends]"),
                    ],
                    needs=("children", "collected"),
                    look_at="waitpid(2): WTERMSIG",
                ),
                Asked(
                    "ends",
                    "then it ends, with status 0",
                    [
                        _CHILDREN,
                        (
                            "P0.ends",
                            "your program still sleeps, and no process is left that could wake it",
                        ),
                        ("P0.status == 0", "{ending(P0)}"),
                    ],
                    needs=("children",),
                    look_at="sigsuspend(2); in Python signal.set_wakeup_fd",
                ),
            ),
        ),
        Trial(
            arguments=("1",),
            order=AT_BIRTH,
            at_rest=(ends[0],),
            asks=(
                Asked(
                    "in_time",
                    "a child that ends before fork returns in your program is not lost",
                    woken,
                    look_at="sigaction(2), sigprocmask(2): before fork",
                ),
            ),
        ),
        Trial(
            arguments=("1",),
            order=BEFORE_SLEEP,
            at_rest=(ends[0],),
            asks=(
                Asked(
                    "gap",
                    "a child that ends right before your program sleeps is not lost",
                    woken,
                    points=2,
                    look_at="sigsuspend(2); in Python signal.set_wakeup_fd",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="lose-no-child",
    title="Lose no child when ten end at once",
    minutes=40,
    trials=_trials,
    hints=(
        "Install the handler before you fork: the first child may be dead before fork returns.",
        "A standard signal is one bit. How many children may have ended when your handler runs?",
        "In the handler, call waitpid again and again until no ended child is left. The "
        "handler must not wait for living children.",
        "while ((pid = waitpid(-1, &status, WNOHANG)) > 0) … – 0 and −1 need no action.",
        "A signal can come between your check and your sleep. In C, block SIGCHLD and let "
        "sigsuspend unblock it; in Python, let signal.set_wakeup_fd write to a pipe, and read "
        "from the pipe.",
    ),
)
