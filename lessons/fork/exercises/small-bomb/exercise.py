"""The small bomb: exactly n generations, and each process is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons.fork.exercises.bombs import COLLECTED, SUCCESSFUL
from simpsh.grade.exercises import Asked, Exercise, Trial

if TYPE_CHECKING:
    from random import Random


def _doubled(key: str, rounds: int, points: int) -> Asked:
    count = f"{2**rounds} processes" if rounds else "one process, your first one"
    return Asked(
        key,
        f"after {rounds} rounds there have been {count}",
        [
            (
                f"len(processes) == {2**rounds}",
                "processes in all, your first one included: {len(processes)}",
            )
        ],
        points=points,
        look_at="fork(2): every process forks in each round",
    )


def _trials(random: Random) -> tuple[Trial, ...]:
    rounds = random.choice((3, 4))
    # P2.1 was born in round 2 + 1.
    uneven = f"len(p.forks()) != {rounds} - sum(map(int, p.name[1:].split('.')))"
    return (
        Trial(arguments=("0",), guard=64, asks=(_doubled("none", 0, 1),)),
        Trial(
            arguments=(str(rounds),),
            guard=64,
            asks=(
                _doubled("processes", rounds, 3),
                Asked(
                    "rounds",
                    "in each round every process forks once",
                    [
                        (
                            f"not any({uneven} for p in processes)",
                            f"{{[p.name for p in processes if {uneven}][0]}} did not fork once in "
                            "each round after its birth",
                        )
                    ],
                    points=2,
                    needs=("processes",),
                    look_at="fork(2): the child continues the loop, too",
                ),
                Asked(
                    "collected",
                    "each is collected by the process that made it",
                    COLLECTED,
                    points=3,
                    look_at="wait(2): until it fails with ECHILD",
                ),
                Asked("statuses", "each ends with status 0", SUCCESSFUL, look_at="exit(3)"),
            ),
        ),
    )


EXERCISE = Exercise(
    id="small-bomb",
    title="The small bomb: exactly n generations",
    minutes=25,
    trials=_trials,
    hints=(
        "How many processes run the line after the first fork? After the second?",
        "In each round every process forks once: no process leaves the loop.",
        "Each process has children of its own, and only this process can collect them. How "
        "many are there?",
        "A process that was born in round k has n − k children. It need not count them: call "
        "wait until it fails with ECHILD.",
    ),
)
