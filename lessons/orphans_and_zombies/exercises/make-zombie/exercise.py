"""Make a zombie, show it, and get rid of it in each of four ways."""

from __future__ import annotations

from simpsh.course import Kill
from simpsh.grade.exercises import BEFORE_SLEEP, CHILDREN_LATE, WAKES_UP, Asked, Exercise, Trial

_CODE = 7
# A shell with four children becomes the program, which inherits them. Three end together with the
# program's own child; the last one, P4, lives until the program sleeps again.
_WITH_CHILDREN = ("/bin/sh", "-c", 'true & true & true & sleep 1000 & exec "$@"', "sh")
_MADE = ("P1.born", "your program made no child")
_LOOKS = "P0.opens('/proc/%d/stat' % P1.pid)"
"""The looks at the child's stat or status."""
_GONE = "(P0.collects(P1) or P1.vanishes)"
_SHOWN = [
    _MADE,
    (_LOOKS, "your program did not open /proc/{P1.pid}/stat, nor status"),
    (
        f"not {_GONE} or {_GONE}[0] > {_LOOKS}[-1]",
        "your program looked when its child had been collected: there was no zombie",
    ),
    (f"P1.ends[0] < {_LOOKS}[-1]", "your program looked when its child was still alive"),
    ("'%d Z' % P1.pid in said(P0)", "{printed()}, and not {'%d Z' % P1.pid}"),
]
_STATUS = (f"not P1.ends or P1.status == {_CODE}", f"{{ending(P1)}}, and not with status {_CODE}")
_COLLECTED = ("not left", "your program ended, and its child {left} was still a zombie")
_WITH_FIVE = ("P5.born", "your program made no child")

_TRIALS = (
    Trial(
        arguments=("wait", str(_CODE)),
        asks=(
            Asked(
                "shown",
                "wait: it reads the state of its ended child from /proc and prints “PID Z”",
                _SHOWN,
                points=2,
                look_at="proc_pid_stat(5); waitid(2): WNOWAIT",
            ),
            Asked(
                "collected",
                f"then it collects it; it had ended with status {_CODE}",
                [_MADE, _COLLECTED, ("P0.collects(P1)", "it vanished before"), _STATUS],
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
                _SHOWN,
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
                [
                    _MADE,
                    (
                        "P1.vanishes",
                        "the child became a zombie: SIGCHLD was not ignored when it ended",
                    ),
                    _STATUS,
                ],
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
                [
                    _MADE,
                    (
                        f"{_GONE}[0] < P0.ends[0]",
                        "your program did not wait until its child was gone",
                    ),
                ],
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
                [
                    _MADE,
                    ("handled(P0, 'SIGCHLD')", "no handler of your program was called for SIGCHLD"),
                    _COLLECTED,
                    _STATUS,
                ],
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
                WAKES_UP,
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
                [
                    _WITH_FIVE,
                    (
                        "not {*left} - {'P4'}",
                        "four children ended, SIGCHLD came once, and your program left {left}",
                    ),
                ],
                needs=("handler",),
                look_at="signal(7): standard signals do not queue",
            ),
            Asked(
                "awake",
                "handler: while an inherited child lives, your program never sleeps in a wait",
                [
                    _WITH_FIVE,
                    (
                        "not {*slept_in(P0)} & {'wait4', 'waitid'}",
                        "your program slept in a wait while P4 lived: it can do nothing else until "
                        "a child ends",
                    ),
                ],
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
                [
                    ("P1.forks(process('P1.1'))", "your program had no grandchild"),
                    (f"process('P1.1').status == {_CODE}", "{ending(process('P1.1'))}"),
                    (
                        "reaper.collects(process('P1.1')) or P0.collects(process('P1.1'))",
                        "no new parent collected the grandchild",
                    ),
                ],
                points=2,
                look_at="fork(2), twice; getppid(2)",
            ),
            Asked(
                "middle",
                "your program collects the process in the middle, which does not wait",
                [
                    ("len(P0.forks()) == 1", "your program forked {len(P0.forks())} times"),
                    ("P1.forks(process('P1.1'))", "your program had no grandchild"),
                    ("P0.collects(P1)", "your program did not collect the process in the middle"),
                    ("not P1.waits()", "the process in the middle waits"),
                ],
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
