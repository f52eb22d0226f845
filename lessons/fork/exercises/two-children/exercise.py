"""Two children, collected in either order: the status that belongs to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, some
from simpsh.grade.exercises import (
    Asked,
    Exercise,
    Trial,
    born_before_collected,
    collected,
    ended,
    gives_statuses,
    left_behind,
    prints,
    so,
)

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Found, Observation

first, second = "P1", "P2"


def _left(seen: Observation) -> str:
    left = " and ".join(left_behind(seen))
    return f"your program ended without having collected {left}" if left else ""


def _ends(seen: Observation) -> str:
    return " and ".join(ended(seen, child)[0] for child in (first, second))


def _lines(seen: Observation) -> list[str]:
    return [f"{pid} {word >> 8}" for _, pid, word in collected(seen)]


def _lines_too_many(seen: Observation) -> Found:
    """Return an error if several lines begin with the same pid; otherwise empty.

    Lines of all processes count, because a child also prints buffered text that it inherited.
    """
    lines = seen.output.splitlines()
    for _, pid, _ in collected(seen):
        number = sum(line.split()[:1] == [str(pid)] for line in lines)
        if number > 1:
            return f"your program printed {number} lines that begin with {pid}"
    return ""


def _trials(random: Random) -> tuple[Trial, ...]:
    codes = random.sample(range(1, 100), 2)
    return (
        Trial(
            arguments=tuple(map(str, codes)),
            asks=(
                Asked(
                    "two",
                    "your program has exactly two children, and these have no children",
                    some(
                        "",
                        ("len(P0.forks()) == 2", "your program forked {len(P0.forks())} times"),
                        ("not P1.forks() and not P2.forks()", "a child forked, too"),
                    ),
                    look_at="fork(2): a child that continues the loop forks, too",
                ),
                Asked(
                    "codes",
                    f"one child ends with status {codes[0]}, the other with {codes[1]}",
                    # Two threads may fork in either order.
                    f"sorted((P1.status, P2.status)) == {sorted(codes)}",
                    did=_ends,
                    needs=("two",),
                    look_at="_exit(2)",
                ),
                Asked(
                    "together",
                    "both are born before one of them is collected",
                    born_before_collected(first, second),
                    points=2,
                    # If a child ends early, a handler may collect it before the second fork.
                    in_one_order=True,
                    needs=("two",),
                    look_at="fork(2), wait(2): first both forks, then both waits",
                ),
                Asked(
                    "collected",
                    "it collects both",
                    "P0.collects(P1) and P0.collects(P2)",
                    points=2,
                    did=_left,
                    needs=("two",),
                    look_at="wait(2): one call for each child",
                ),
                Asked(
                    "told",
                    "it prints a line for each: the pid and the status that wait gave",
                    all_of(
                        "P0.collects(P1)",
                        "P0.collects(P2)",
                        gives_statuses(first, second),
                        prints("a line for each: the pid and the status that wait gave", _lines),
                        so("one line begins with each pid", _lines_too_many),
                    ),
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
    after=("wait-scenarios",),
    trials=_trials,
    hints=(
        "fork returns twice. Which of the two processes continues the loop?",
        "A child should end inside its branch: os._exit, or _exit in C.",
        "wait returns for the child that has ended, and says which one: the order is not "
        "specified.",
        "Fork twice, then wait twice; each wait gives a pid and a status: print both.",
    ),
)
