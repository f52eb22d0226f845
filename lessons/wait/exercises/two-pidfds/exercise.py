"""Report the first of two children that ends, and leave all other children alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, some
from simpsh.grade.exercises import PROGRAM, Asked, Exercise, Trial, Write, pid_of, prints, so

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Found, Observation

program, first, second = PROGRAM, "P2", "P3"
# The shell forks sleep and then executes the program, which has a child from its start.
_WITH_A_CHILD = ("/bin/sh", "-c", 'sleep 1000 & exec "$@"', "sh")
_SIGNALS = {"SIGTERM": 15, "SIGKILL": 9, "SIGHUP": 1}
_SECOND_HAS_ENDED = "rest 3"


def _line(seen: Observation, name: str, signal: int) -> str:
    return f"{pid_of(seen, name)} {signal}"


def _prints_at_once(seen: Observation, signal: int) -> Found:
    """Return why the second child's line was not printed while the first was alive, or empty."""
    moment = seen.moments.get(_SECOND_HAS_ENDED)
    if moment is None:
        return "the second child did not end while the first one was alive"
    written = (seen.events[index].what for index in seen.outputs if index <= moment.index)
    before = "".join(what.text for what in written if isinstance(what, Write))
    if _line(seen, second, signal) in before.splitlines():
        return ""
    if before.strip():
        wanted = _line(seen, second, signal)
        return f"it printed {before.strip()!r}, and not {wanted!r}", _last_write(seen, moment.index)
    look = moment.looks.get(program)
    if look is None:
        return "your program had ended before"
    words = "the second child had ended, the first one was alive, and no line was printed yet"
    return f"{words}: your program slept in {look.call}" if look.call else words


def _last_write(seen: Observation, until: int) -> int:
    return max(index for index in seen.outputs if index <= until)


def _trials(random: Random) -> tuple[Trial, ...]:
    names = random.sample(sorted(_SIGNALS), 2)
    early, late = (_SIGNALS[name] for name in names)
    return (
        Trial(
            within=_WITH_A_CHILD,
            at_rest=(Kill("P1", "SIGTERM"), Kill("P3", names[0]), Kill("P2", names[1])),
            asks=(
                Asked(
                    "two",
                    "your program makes two children",
                    "len(P0.forks()) == 3",
                    did=lambda seen: f"your program made {max(len(seen.names) - 2, 0)} children",
                    look_at="fork(2)",
                ),
                Asked(
                    "foreign",
                    "it does not collect the child that it already had at its start",
                    "not P0.collects(P1)",
                    points=2,
                    did="your program collected the child that it already had at its start",
                    look_at="waitid(2): P_PID and P_PIDFD name the child; −1 takes any child",
                ),
                Asked(
                    "second",
                    "the second child ends first: it is collected while the first one is alive",
                    "P0.collects(P3) and at('rest', 3).P3.gone and not at('rest', 3).P2.gone",
                    points=2,
                    did="the second child had ended, the first one was alive, and no call of your "
                    "program collected the second one",
                    needs=("two",),
                    look_at="pidfd_open(2), poll(2): which of the two is ready?",
                ),
                Asked(
                    "at-once",
                    "its line is printed then: the pid and the signal that ended it",
                    so(
                        "the line of the second child is printed at once",
                        lambda seen: _prints_at_once(seen, early),
                    ),
                    points=2,
                    needs=("two", "second"),
                    look_at="stdio(3): fflush; in Python print(…, flush=True)",
                ),
                Asked(
                    "both",
                    "then the first child ends: it is collected, and has its line as well",
                    all_of(
                        some(
                            "", ("P0.collects(P2)", "your program did not collect the first child")
                        ),
                        prints(
                            "a line for the first child", lambda seen: [_line(seen, first, late)]
                        ),
                    ),
                    needs=("two",),
                    look_at="poll(2): a descriptor that has been reported must leave the list",
                ),
                Asked(
                    "ends",
                    "your program ends with status 0",
                    some("", ("P0.status == 0", "its status was {P0.status}")),
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
    after=("pidfd", "self-pipe"),
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
