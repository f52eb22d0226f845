"""Make a zombie, show it, and get rid of it in each of four ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import (
    BEFORE_SLEEP,
    CHILDREN_LATE,
    PROGRAM,
    Asked,
    Exercise,
    Exit,
    Fork,
    Kernel,
    Open,
    Reap,
    SignalDeliver,
    Trial,
    ended,
    left_behind,
    pid_of,
    so,
    wakes_up,
)

if TYPE_CHECKING:
    from simpsh.grade.exercises import Observation, What

_SIGCHLD = 17
_CODE = 7
_CHILD = "P1"
grandchild = "P1.1"
# A shell with four children becomes the program, which inherits them. Three end together with the
# program's own child; the last one lives until the program sleeps again.
_WITH_CHILDREN = ("/bin/sh", "-c", 'true & true & true & sleep 1000 & exec "$@"', "sh")
_LIVING, _OWN = "P4", "P5"


def _first(seen: Observation, kind: type[What], name: str) -> int:
    """Return the index of the first event of a kind about a process; -1 if there is none."""
    for index, event in enumerate(seen.events):
        subject = event.what.child if isinstance(event.what, Reap | Fork) else event.proc
        if isinstance(event.what, kind) and seen.name_of(subject) == name:
            return index
    return -1


def _looks(seen: Observation) -> list[int]:
    """Return the indices of events at which the program opened its child's stat or status."""
    wanted = tuple(f"/proc/{pid_of(seen, _CHILD)}/{file}" for file in ("stat", "status"))
    return [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Open)
        and seen.name_of(event.proc) == PROGRAM
        and event.what.path in wanted
    ]


def _is_shown(seen: Observation) -> str:
    if _CHILD not in seen.names:
        return "your program made no child"
    looks, end, gone = _looks(seen), _first(seen, Exit, _CHILD), _first(seen, Reap, _CHILD)
    if not looks:
        return f"your program did not open /proc/{pid_of(seen, _CHILD)}/stat, nor status"
    if gone >= 0 and gone < looks[-1]:
        return "your program looked when its child had been collected: there was no zombie"
    if end > looks[-1]:
        return "your program looked when its child was still alive"
    wanted = f"{pid_of(seen, _CHILD)} Z"
    said = seen.printed(PROGRAM).splitlines()
    return "" if wanted in said else f"your program printed {said!r}, and not {wanted!r}"


def _left(seen: Observation) -> str:
    if _CHILD not in seen.names:
        return "your program made no child"
    left = left_behind(seen)
    return f"your program ended, and its child {left[0]} was still a zombie" if left else ""


def _outlives(seen: Observation) -> str:
    gone, end = _first(seen, Reap, _CHILD), _first(seen, Exit, PROGRAM)
    if _CHILD not in seen.names or end < 0:
        return "your program made no child, or did not end"
    return "" if 0 <= gone < end else "your program did not wait until its child was gone"


def _other_status(seen: Observation) -> str:
    if seen.chronicle.processes[_CHILD].status in (None, _CODE << 8):
        return ""
    return f"{ended(seen, _CHILD)[0]}, and not with status {_CODE}"


def _is_ignored(seen: Observation) -> str:
    place = _first(seen, Reap, _CHILD)
    if _CHILD not in seen.names:
        return "your program made no child"
    what = seen.events[place].what if place >= 0 else None
    if isinstance(what, Reap) and isinstance(what.by, Kernel):
        return _other_status(seen)
    by = " until a process collected it" if place >= 0 else ""
    return f"the child became a zombie{by}: SIGCHLD was not ignored when it ended"


def _is_handled(seen: Observation) -> str:
    mine = [event.what for event in seen.events if seen.name_of(event.proc) == PROGRAM]
    if not any(
        isinstance(what, SignalDeliver) and what.signal == _SIGCHLD and not what.effect
        for what in mine
    ):
        return "no handler of your program was called for SIGCHLD"
    return _left(seen) or _other_status(seen)


def _collects_all(seen: Observation) -> str:
    """Return an error unless the program collected all children that ended at once."""
    if _OWN not in seen.names:
        return "your program made no child"
    left = [name for name in left_behind(seen) if name != _LIVING]
    if not left:
        return ""
    return f"four children ended, SIGCHLD came once, and your program left {', '.join(left)}"


def _never_sleeps_in_a_wait(seen: Observation) -> str:
    if _OWN not in seen.names:
        return "your program made no child"
    for moment in seen.moments.values():
        look = moment.looks.get(PROGRAM)
        if look is not None and look.state == "S" and look.call in ("wait4", "waitid"):
            return (
                f"your program slept in {look.call} while {_LIVING} lived: it can do nothing else "
                "until a child ends"
            )
    return ""


_TRIALS = (
    Trial(
        arguments=("wait", str(_CODE)),
        asks=(
            Asked(
                "shown",
                "wait: it reads the state of its ended child from /proc and prints “PID Z”",
                so("the zombie is shown", _is_shown),
                points=2,
                look_at="proc_pid_stat(5); waitid(2): WNOWAIT",
            ),
            Asked(
                "collected",
                f"then it collects it; it had ended with status {_CODE}",
                "P0.collects(P1) and P1.status == 7",
                did=_left,
                look_at="waitpid(2)",
            ),
        ),
    ),
    Trial(
        arguments=("wait", str(_CODE)),
        order=CHILDREN_LATE,
        asks=(
            Asked(
                "certain",
                "wait: it looks only when the child has ended, however late that is",
                so("the child's end comes before the look", _is_shown),
                points=2,
                look_at="waitid(2): WEXITED | WNOWAIT waits without collecting the child",
            ),
        ),
    ),
    Trial(
        arguments=("ignore", str(_CODE)),
        asks=(
            Asked(
                "ignored",
                f"ignore: the child ends with status {_CODE}, vanishes, and is never a zombie",
                so("the child vanishes", _is_ignored),
                points=2,
                look_at="signal(7), wait(2) NOTES: SIG_IGN is not the default",
            ),
        ),
    ),
    Trial(
        arguments=("ignore", str(_CODE)),
        order=CHILDREN_LATE,
        asks=(
            Asked(
                "outlived",
                "ignore: your program ends after its child, however late that ends",
                so("the child has ended before", _outlives),
                look_at="wait(2): what does it do when SIGCHLD is ignored?",
            ),
        ),
    ),
    Trial(
        arguments=("handler", str(_CODE)),
        asks=(
            Asked(
                "handler",
                f"handler: the child ends with status {_CODE}; SIGCHLD calls a handler, and the "
                "child is collected",
                so("a handler is called, and the child is collected", _is_handled),
                look_at="sigaction(2), waitpid(2)",
            ),
        ),
    ),
    Trial(
        arguments=("handler", str(_CODE)),
        order=BEFORE_SLEEP,
        asks=(
            Asked(
                "no-gap",
                "handler: a child that ends right before your program sleeps is not missed",
                wakes_up("its end wakes the program"),
                look_at="sigsuspend(2); in Python signal.set_wakeup_fd",
            ),
        ),
    ),
    Trial(
        arguments=("handler", str(_CODE)),
        within=_WITH_CHILDREN,
        order=BEFORE_SLEEP,
        at_rest=(Kill("P4", "SIGTERM"),),
        asks=(
            Asked(
                "loop",
                "handler: if an inherited child ends at the same time, it is collected, too",
                so("all that ended are collected", _collects_all),
                needs=("handler",),
                look_at="signal(7): standard signals do not queue",
            ),
            Asked(
                "awake",
                "handler: while an inherited child lives, your program never sleeps in a wait",
                so("it never sleeps in a wait", _never_sleeps_in_a_wait),
                needs=("loop",),
                look_at="waitpid(2): WNOHANG",
            ),
        ),
    ),
    Trial(
        arguments=("twice", str(_CODE)),
        asks=(
            Asked(
                "twice",
                f"twice: a grandchild ends with status {_CODE}, and its new parent collects it",
                "P1.forks(process('P1.1')) and process('P1.1').status == 7 and "
                "(reaper.collects(process('P1.1')) or P0.collects(process('P1.1')))",
                points=2,
                did=lambda seen: (
                    "" if grandchild in seen.names else "your program had no grandchild"
                ),
                look_at="fork(2), twice; getppid(2)",
            ),
            Asked(
                "middle",
                "your program collects the process in the middle, which does not wait",
                "len(P0.forks()) == 1 and P1.forks(process('P1.1')) and P0.collects(P1) and "
                "not P1.waits()",
                did=_left,
                needs=("twice",),
                look_at="waitpid(2): the process in the middle is a child like any other",
            ),
        ),
    ),
)


EXERCISE = Exercise(
    id="make-zombie",
    title="Make a zombie, show it, and get rid of it in four ways",
    minutes=50,
    after=("zombie", "no-zombies"),
    trials=_TRIALS,
    hints=(
        "A child that has ended is a zombie until your program collects it: do not wait yet. "
        "/proc/PID/stat has Z after the name in parentheses.",
        "How does your program know that the child has ended? waitid with WNOWAIT waits for "
        "the end and does not collect the zombie.",
        "ignore: set SIG_IGN before you fork. wait then sleeps until all children are gone, "
        "and fails with ECHILD.",
        "handler: call waitpid(-1, …, WNOHANG) until it returns 0 or −1. The signal can come "
        "between your check and your sleep: use sigsuspend, or signal.set_wakeup_fd and a "
        "pipe.",
        "twice: the child forks and ends; your program collects the child. The grandchild's "
        "parent is gone, so the process that adopts the grandchild collects it.",
    ),
)
