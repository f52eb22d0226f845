"""Two children, collected in either order: the status that belongs to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.grade.exercises import Asked, Exercise, Trial, prints, reported

if TYPE_CHECKING:
    from random import Random


def _trials(random: Random) -> tuple[Trial, ...]:
    codes = random.sample(range(1, 100), 2)
    return (
        Trial(
            arguments=tuple(map(str, codes)),
            asks=(
                Asked(
                    "two",
                    "your program has exactly two children, and these have no children",
                    [
                        ("len(P0.forks()) == 2", "your program forked {len(P0.forks())} times"),
                        ("not P1.forks() and not P2.forks()", "a child forked, too"),
                    ],
                    look_at="fork(2): a child that continues the loop forks, too",
                ),
                Asked(
                    "codes",
                    f"one child ends with status {codes[0]}, the other with {codes[1]}",
                    [
                        # Two threads may fork in either order.
                        (
                            f"sorted((P1.status, P2.status)) == {sorted(codes)}",
                            "{ending(P1)} and {ending(P2)}",
                        )
                    ],
                    needs=("two",),
                    look_at="_exit(2)",
                ),
                Asked(
                    "together",
                    "both are born before one of them is collected",
                    [
                        ("P1.born and P2.born", "your program did not make P1 and P2"),
                        (
                            "not P0.collects() or P0.collects()[0] > P2.born[0]",
                            "your program collected one before it had made all children",
                            "P0.collects()[:1]",
                        ),
                    ],
                    points=2,
                    # If a child ends early, a handler may collect it before the second fork.
                    in_one_order=True,
                    needs=("two",),
                    look_at="fork(2), wait(2): first both forks, then both waits",
                ),
                Asked(
                    "collected",
                    "it collects both",
                    [
                        (
                            "P0.collects(P1) and P0.collects(P2)",
                            "your program ended without having collected {left}",
                        )
                    ],
                    points=2,
                    needs=("two",),
                    look_at="wait(2): one call for each child",
                ),
                Asked(
                    "told",
                    "it prints a line for each: the pid and the status that wait gave",
                    [
                        ("P0.collects(P1) and P0.collects(P2)", "{left} was not collected"),
                        reported("P1", "P2"),
                        prints("['%d %d' % (end.pid, end.code) for end in ends]"),
                        # Lines of all processes count: a child also prints text that it inherited.
                        (
                            "all([line.split()[:1] for line in output.splitlines()]"
                            ".count([str(end.pid)]) == 1 for end in ends)",
                            "your program printed several lines that begin with the same pid",
                        ),
                    ],
                    needs=("two", "collected"),
                    is_of_waits=True,
                    look_at="wait(2): the return value says which child it was",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="two-children",
    title="Two children, collected in either order",
    minutes=20,
    trials=_trials,
    hints=(
        "fork returns twice. Which of the two processes continues the loop?",
        "A child should end inside its branch: os._exit, or _exit in C.",
        "wait returns for the child that has ended, and says which one: the order is not "
        "specified.",
        "Fork twice, then wait twice; each wait gives a pid and a status: print both.",
    ),
)
