"""The small bomb: exactly n generations, and each process is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons.fork.exercises.bombs import uncollected, unsuccessful
from simpsh.grade.exercises import PROGRAM, Asked, Exercise, Member, Trial, so

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from simpsh.grade.exercises import Observation


def _doublings(seen: Observation) -> str:
    count = len(seen.chronicle.processes)
    if count == 1:
        return "there was no process but your first one"
    return f"there were {count} processes, your first one included"


def _doubled(key: str, rounds: int, points: int) -> Asked:
    return Asked(
        key,
        f"after {rounds} rounds there have been {2**rounds} processes"
        if rounds
        else "after 0 rounds there has been one process, your first one",
        f"len(processes) == {2**rounds}",
        points=points,
        did=_doublings,
        look_at="fork(2): every process forks in each round",
    )


def _uneven(rounds: int) -> Callable[[Observation], str]:
    """Return a check that each process forked once in each round after its birth."""

    def instead(seen: Observation) -> str:
        processes = seen.chronicle.processes
        for name in processes:
            # P2.1 was born in round 2 + 1.
            born = sum(map(int, name.removeprefix("P").split(".")))
            made = sum(one.parent == Member(name) for one in processes.values())
            if made != rounds - born:
                who = "your first process" if name == PROGRAM else name
                times = "once" if made == 1 else f"{made} times"
                return f"{who} forked {times}, in {max(rounds - born, 0)} rounds"
        return ""

    return instead


def _trials(random: Random) -> tuple[Trial, ...]:
    rounds = random.choice((3, 4))
    return (
        Trial(arguments=("0",), guard="limit 64", asks=(_doubled("none", 0, 1),)),
        Trial(
            arguments=(str(rounds),),
            guard="limit 64",
            asks=(
                _doubled("processes", rounds, 3),
                Asked(
                    "rounds",
                    "in each round every process forks once",
                    so("every process forks once in each round", _uneven(rounds)),
                    points=2,
                    needs=("processes",),
                    look_at="fork(2): the child continues the loop, too",
                ),
                Asked(
                    "collected",
                    "each is collected by the process that made it",
                    so("each is collected by the process that made it", uncollected),
                    points=3,
                    look_at="wait(2): until it fails with ECHILD",
                ),
                Asked(
                    "statuses",
                    "each ends with status 0",
                    so("each ends with status 0", unsuccessful),
                    look_at="exit(3)",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="small-bomb",
    title="The small bomb: exactly n generations",
    minutes=25,
    after=("how-many", "rule-7-wait-for-every-child"),
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
