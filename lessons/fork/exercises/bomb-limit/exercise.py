"""A bomb that a limit of the kernel stops at n processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons.fork.exercises.bombs import stopped_bomb
from simpsh.grade.exercises import Exercise, Trial

if TYPE_CHECKING:
    from random import Random


def _trials(random: Random) -> tuple[Trial, ...]:
    most = 100 if random.random() > 0.9 else random.randrange(6, 15)
    return (
        Trial(
            arguments=(str(most),),
            guard=128,
            asks=stopped_bomb(most, "setrlimit(2): RLIMIT_NPROC counts the caller, too"),
        ),
    )


EXERCISE = Exercise(
    id="bomb-limit",
    title="A bomb that a limit stops",
    minutes=35,
    trials=_trials,
    hints=(
        "Children inherit limits: a limit that is set before the first fork holds for all "
        "processes.",
        "What does fork return when there are too many processes? How many processes run the "
        "next line then? In Python fork raises BlockingIOError.",
        "How can each process know that the kernel has refused all, without counting? What do "
        "all of them hold, and release one after the other?",
        "A pipe: every process is born with its write end, closes the write end when fork "
        "fails, and reads. End of file comes when the last process has closed it.",
        "setrlimit, pipe; fork until fork fails; close the write end; read; wait until ECHILD.",
    ),
)
