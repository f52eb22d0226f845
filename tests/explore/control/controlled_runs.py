"""Controlled runs for tests, restarted if a run requests it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random

from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.control.scheduler import scheduled_run

MOST_STEPS = 400


@contextmanager
def knowledge_of(*words: str, directory: object, **options: object) -> Iterator[Knowledge]:
    with Knowledge(program_of(words, directory=str(directory), **options)) as knowledge:
        yield knowledge


def first_ready(choices: Sequence[str]) -> str:
    return choices[0]


def run(
    knowledge: Knowledge, choose: Callable[[Sequence[str]], str] = first_ready
) -> tuple[ControlledRun, list[MadeStep]]:
    """Run to the end, or until no process can continue; return the closed run and its steps."""
    while True:
        try:
            with ControlledRun(knowledge) as held_run:
                steps = []
                while (choices := held_run.list_choices()) and len(steps) < MOST_STEPS:
                    steps.append(held_run.step(choose(choices)))
                held_run.found = held_run.files()
                held_run.stuck = held_run.deadlock()
                return held_run, steps
        except Restart:
            continue


def outputs(knowledge: Knowledge, count: int = 30, seed: int = 1) -> set[bytes]:
    """Return the outputs of `count` random runs."""
    random, found = Random(seed), set()
    for _ in range(count):
        with scheduled_run(knowledge, random.choice) as held_run:
            found.add(held_run.output)
    return found
