"""Runs in a cage, for tests: begin again where the cage asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random

from simpsh.explore.cage import Cage, Step
from simpsh.explore.knowledge import Knowledge
from simpsh.explore.program import program_of
from simpsh.explore.restart import Restart

MOST_STEPS = 400


@contextmanager
def knowledge_of(*words: str, directory: object, **options: object) -> Iterator[Knowledge]:
    with Knowledge(program_of(words, directory=str(directory), **options)) as knowledge:
        yield knowledge


def first_ready(choices: Sequence[str]) -> str:
    return choices[0]


def last_ready(choices: Sequence[str]) -> str:
    return choices[-1]


def run(
    knowledge: Knowledge, choose: Callable[[Sequence[str]], str] = first_ready
) -> tuple[Cage, list[Step]]:
    """Run to the end, or until nobody can go on; return the closed cage and its steps."""
    while True:
        try:
            with Cage(knowledge) as cage:
                steps = []
                while (choices := cage.enabled()) and len(steps) < MOST_STEPS:
                    steps.append(cage.step(choose(choices)))
                cage.found = cage.files()
                cage.stuck = cage.deadlock()
                return cage, steps
        except Restart:
            continue


def follow(knowledge: Knowledge, schedule: Sequence[str]) -> list[Step]:
    with Cage(knowledge) as cage:
        return [cage.step(choice) for choice in schedule]


def outputs(knowledge: Knowledge, count: int = 30, seed: int = 1) -> set[bytes]:
    """Return the outputs of `count` random runs."""
    choose = Random(seed).choice
    return {run(knowledge, choose)[0].output for _ in range(count)}
