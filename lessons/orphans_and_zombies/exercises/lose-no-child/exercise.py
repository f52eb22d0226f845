"""Lose no child: a handler for SIGCHLD that collects all children, even if ten end at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, at, count, happens, never, none_of, processes
from simpsh.grade.exercises import (
    PROGRAM,
    WITH_A_GAP,
    Asked,
    Call,
    Exercise,
    SignalDeliver,
    Trial,
    Wait,
    collected,
    gives_statuses,
    left_behind,
    prints,
    so,
)

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Found, Observation

_COUNT = 11
_SIGCHLD = 17
_NAMES = tuple(f"P{number}" for number in range(1, _COUNT + 1))
(program,) = processes(PROGRAM)
children = processes(*_NAMES)
first = children[0]


def _forks(seen: Observation) -> str:
    born = sum(name in seen.names for name in _NAMES)
    return f"your program made {born} children" if born != _COUNT else ""


def _is_in_time(seen: Observation) -> str:
    """Return an error if SIGCHLD could be missed because the handler was set after a birth.

    A child is born with its parent's handlers and mask, and these children do not change them.
    """
    look = seen.moments["rest"].looks.get(first.name) if "rest" in seen.moments else None
    if look is None:
        return "no child of your program was at rest"
    inherited = int(look.status["SigCgt"], 16) | int(look.status["SigBlk"], 16)
    resets = (
        isinstance(event.what, Call)
        and event.what.name == "rt_sigaction"
        and seen.name_of(event.proc) == first.name
        for event in seen.events
    )
    if inherited & 1 << _SIGCHLD - 1 or any(resets):
        return ""
    return (
        "the first child was born before there was a handler: if that child ends at once, its "
        "SIGCHLD is lost"
    )


def _is_handled(seen: Observation) -> str:
    for event in seen.events:
        match event.what:
            case SignalDeliver(signal=number, effect="") if number == _SIGCHLD:
                if seen.name_of(event.proc) == PROGRAM:
                    return ""
    return "no handler of your program was called for SIGCHLD"


def _is_deaf(seen: Observation) -> str:
    waits = [
        event.what
        for event in seen.events
        if isinstance(event.what, Wait) and seen.name_of(event.proc) == PROGRAM
    ]
    if not waits:
        return "your program never called wait"
    if any("WNOHANG" not in one.options for one in waits):
        return (
            "your program waited without WNOHANG: if children are still alive, that "
            "wait sleeps until the next one ends"
        )
    return ""


def _sleeps_in_a_gap(seen: Observation) -> str:
    """Return an error if a signal right before the sleep would be lost."""
    look = seen.moments["rest"].looks.get(PROGRAM) if "rest" in seen.moments else None
    if look is None:
        return "your program did not wait for its children"
    if look.call in WITH_A_GAP:
        return (
            f"your program slept in {look.call}: if the last SIGCHLD comes between the check and "
            "this call, nothing wakes it"
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
    signals = [random.choice(("SIGTERM", "SIGHUP", "SIGUSR1")) for _ in children]
    ends = [Kill(child, name) for child, name in zip(children, signals, strict=True)]
    return (
        Trial(
            arguments=(str(_COUNT),),
            # While the program is stopped, the ten deaths are one pending signal.
            at_rest=(ends[0], Kill(program, "SIGSTOP"), *ends[1:], Kill(program, "SIGCONT")),
            asks=(
                Asked(
                    "children",
                    f"your program has {_COUNT} children, and they have none",
                    all_of(
                        so(f"there are {_COUNT} children", _forks),
                        count(program.forks()) == _COUNT,
                        *(never(child.forks()) for child in children),
                    ),
                    look_at="fork(2)",
                ),
                Asked(
                    "in_time",
                    "the handler is there, or SIGCHLD is blocked, before the first child is born",
                    so("the handler is there before the first child", _is_in_time),
                    needs=("children",),
                    look_at="sigaction(2), sigprocmask(2)",
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
                    all_of(happens(program.collects(first)), at("rest 2", first.is_gone)),
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
                    "gap",
                    "your program sleeps so that no signal can be lost before the sleep",
                    so("there is no gap before the sleep", _sleeps_in_a_gap),
                    points=2,
                    needs=("children",),
                    look_at="sigsuspend(2); in Python signal.set_wakeup_fd",
                ),
                Asked(
                    "ends",
                    "then it ends, with status 0",
                    all_of(
                        so(f"there are {_COUNT} children", _forks),
                        none_of(never(program.ends)),
                        program.status == 0,
                    ),
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
