"""Lose no child: a handler for SIGCHLD that collects all children, even if ten end at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, some
from simpsh.grade.exercises import (
    AT_BIRTH,
    BEFORE_SLEEP,
    PROGRAM,
    Asked,
    Exercise,
    SignalDeliver,
    Trial,
    collected,
    gives_statuses,
    left_behind,
    prints,
    so,
    wakes_up,
)

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Found, Observation

_COUNT = 11
_SIGCHLD = 17
_NAMES = tuple(f"P{number}" for number in range(1, _COUNT + 1))


def _forks(seen: Observation) -> str:
    born = sum(name in seen.names for name in _NAMES)
    return f"your program made {born} children" if born != _COUNT else ""


def _is_handled(seen: Observation) -> str:
    for event in seen.events:
        match event.what:
            case SignalDeliver(signal=number, effect="") if number == _SIGCHLD:
                if seen.name_of(event.proc) == PROGRAM:
                    return ""
    return "no handler of your program was called for SIGCHLD"


def _is_deaf(seen: Observation) -> str:
    """Return an error if the program slept in a wait while children lived."""
    for moment in seen.moments.values():
        look = moment.looks.get(PROGRAM)
        if look is not None and look.state == "S" and look.call in ("wait4", "waitid"):
            return (
                f"your program slept in {look.call}: no handler can do anything else until the "
                "next child ends"
            )
    return ""


def _left(seen: Observation) -> str:
    if wrong := _forks(seen):
        return wrong
    left = left_behind(seen)
    called = sum(
        isinstance(event.what, SignalDeliver) and event.what.signal == _SIGCHLD
        for event in seen.events
        if seen.name_of(event.proc) == PROGRAM
    )
    if not left:
        return ""
    return (
        f"{_COUNT} children ended, your program got {called} SIGCHLD and collected "
        f"{_COUNT - len(left)} of them; never collected: {', '.join(left[:4])}"
        f"{' …' if len(left) > 4 else ''}"
    )


def _lost(seen: Observation) -> Found:
    """Return the children that were never collected, with the last rest if the program hangs."""
    words = _left(seen)
    return (words, seen.rests[-1]) if words and seen.rests and PROGRAM in seen.left else words


def _lines(seen: Observation) -> list[str]:
    return [f"{pid} {word & 0x7F}" for _, pid, word in collected(seen)]


def _trials(random: Random) -> tuple[Trial, ...]:
    signals = [random.choice(("SIGTERM", "SIGHUP", "SIGUSR1")) for _ in _NAMES]
    ends = [Kill(child, name) for child, name in zip(_NAMES, signals, strict=True)]
    return (
        Trial(
            arguments=(str(_COUNT),),
            # While the program is stopped, the ten deaths are one pending signal.
            at_rest=(ends[0], Kill("P0", "SIGSTOP"), *ends[1:], Kill("P0", "SIGCONT")),
            asks=(
                Asked(
                    "children",
                    f"your program has {_COUNT} children, and they have none",
                    all_of(
                        so(f"there are {_COUNT} children", _forks),
                        some(
                            "",
                            (
                                "len(P0.forks()) == 11",
                                "your program forked {len(P0.forks())} times",
                            ),
                            ("not any(p.forks() for p in processes[1:])", "a child forked, too"),
                        ),
                    ),
                    look_at="fork(2)",
                ),
                Asked(
                    "handler",
                    "a handler is called when a child has ended",
                    so("a handler is called for SIGCHLD", _is_handled),
                    needs=("children",),
                    look_at="sigaction(2)",
                ),
                Asked(
                    "alone",
                    "one child ends: it is collected while the others live",
                    "P0.collects(P1) and at('rest', 2).P1.gone",
                    did="one child ended, ten lived, and it was not collected",
                    needs=("children",),
                    look_at="waitpid(2): −1 for any child",
                ),
                Asked(
                    "deaf",
                    "your program never sleeps in a wait",
                    so("it never sleeps in a wait", _is_deaf),
                    points=2,
                    look_at="waitpid(2): WNOHANG",
                ),
                Asked(
                    "collected",
                    "the other ten end at once: all are collected",
                    so("all are collected", _lost),
                    points=3,
                    needs=("children",),
                    look_at="signal(7): a standard signal does not queue; call waitpid until "
                    "no ended child is left",
                ),
                Asked(
                    "told",
                    "it prints a line for each: the pid and the signal that ended it",
                    all_of(
                        so("all are collected", _left),
                        gives_statuses(*_NAMES),
                        prints("a line for each: the pid and its signal", _lines),
                    ),
                    needs=("children", "collected"),
                    look_at="waitpid(2): WTERMSIG",
                ),
                Asked(
                    "ends",
                    "then it ends, with status 0",
                    all_of(so(f"there are {_COUNT} children", _forks), "P0.ends", "P0.status == 0"),
                    did=lambda seen: (
                        _forks(seen)
                        or (
                            "your program still sleeps, and no process is left that could wake it"
                            if PROGRAM in seen.left
                            else ""
                        )
                    ),
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
                    all_of(
                        wakes_up("its end wakes the program"),
                        some("", ("P0.collects(P1)", "the child was not collected")),
                    ),
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
                    all_of(
                        wakes_up("its end wakes the program"),
                        some("", ("P0.collects(P1)", "the child was not collected")),
                    ),
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
    after=("sigchld-handler",),
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
