"""Report the first of two children that ends, and leave all other children alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import Asked, Exercise, Trial, prints

if TYPE_CHECKING:
    from random import Random

# The shell forks sleep and then executes the program, which has a child from its start.
_WITH_A_CHILD = ("/bin/sh", "-c", 'sleep 1000 & exec "$@"', "sh")
_SIGNALS = {"SIGTERM": 15, "SIGKILL": 9, "SIGHUP": 1}


def _trials(random: Random) -> tuple[Trial, ...]:
    names = random.sample(sorted(_SIGNALS), 2)
    early, late = (_SIGNALS[name] for name in names)
    # The second child has ended at the third rest.
    line = f"'%d {early}' % P3.pid"
    return (
        Trial(
            within=_WITH_A_CHILD,
            at_rest=(Kill("P1", "SIGTERM"), Kill("P3", names[0]), Kill("P2", names[1])),
            asks=(
                Asked(
                    "two",
                    "your program makes two children",
                    [("len(P0.forks()) == 3", "your program made {len(P0.forks()) - 1} children")],
                    look_at="fork(2)",
                ),
                Asked(
                    "foreign",
                    "it does not collect the child that it already had at its start",
                    [
                        (
                            "not P0.collects(P1)",
                            "your program collected the child that it already had at its start",
                        )
                    ],
                    points=2,
                    look_at="waitid(2): P_PID and P_PIDFD name the child; −1 takes any child",
                ),
                Asked(
                    "second",
                    "the second child ends first: it is collected while the first one is alive",
                    [
                        (
                            "P0.collects(P3) and at('rest', 3).P3.gone and "
                            "not at('rest', 3).P2.gone",
                            "the second child had ended, the first one was alive, and no call of "
                            "your program collected the second one",
                        )
                    ],
                    points=2,
                    needs=("two",),
                    look_at="pidfd_open(2), poll(2): which of the two is ready?",
                ),
                Asked(
                    "at-once",
                    "its line is printed then: the pid and the signal that ended it",
                    [
                        (
                            f"{line} in output_until('rest', 3)",
                            "when the second child had ended and the first one was alive, your "
                            f"program had not printed {{repr({line})}}: {{printed()}}",
                            "P0.writes()",
                        )
                    ],
                    points=2,
                    needs=("two", "second"),
                    look_at="stdio(3): fflush; in Python print(…, flush=True)",
                ),
                Asked(
                    "both",
                    "then the first child ends: it is collected, and has its line as well",
                    [
                        ("P0.collects(P2)", "your program did not collect the first child"),
                        prints(f"['%d {late}' % P2.pid]"),
                    ],
                    needs=("two",),
                    look_at="poll(2): a descriptor that has been reported must leave the list",
                ),
                Asked(
                    "ends",
                    "your program ends with status 0",
                    [("P0.status == 0", "{ending(P0)}")],
                    needs=("two",),
                    look_at="exit(3)",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="two-pidfds",
    title="Report the first of two children that ends",
    minutes=30,
    trials=_trials,
    hints=(
        "waitpid(first) sleeps until the first child ends. The second child may end before. "
        "waitpid(-1) returns for any child, also for one that you have not made.",
        "A pidfd is a descriptor of a process. It is ready for reading when the process has ended.",
        "poll sleeps until one of several descriptors is ready. It does not collect the child.",
        "Two pidfds, one poll in a loop. Collect the child that is ready by its pid, print its "
        "line, and take its descriptor away. In C a negative fd in pollfd is passed over.",
    ),
)
