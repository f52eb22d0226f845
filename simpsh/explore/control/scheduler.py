"""Schedulers: which held process makes the next step, in one run after another.

`make_runs` asks a scheduler three things: to forget, to begin a run, to choose a step. The search
for all outcomes needs no scheduler, because it follows states instead of runs; see state_search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Protocol

from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.objects.symbolic_names import mark_of, process_of


class Scheduler(Protocol):
    """The order of the steps of runs."""

    def forget(self) -> None:
        """Forget all runs: the choices of the next ones may have other meanings."""

    def begin(self) -> bool:
        """Prepare for a run; return False if there is none to make."""

    def choose(self, choices: Sequence[str]) -> str | None:
        """Return one of the choices, such as `P1` or `P1!`; None ends the run."""


def make_runs(knowledge: Knowledge, scheduler: Scheduler) -> Iterator[ControlledRun]:
    """Yield each run of a scheduler at its end, while its output and files can be looked at.

    If more operations of the program must be visible, the scheduler forgets and begins again.

    Raises ValueError: the scheduler chose what is not possible. RunCutOff: see ControlledRun.
    """
    scheduler.forget()
    while scheduler.begin():
        try:
            with ControlledRun(knowledge) as run:
                while choices := run.list_choices():
                    choice = scheduler.choose(choices)
                    if choice is None:
                        break
                    run.step(choice)
                yield run
        except Restart:
            scheduler.forget()


class Replay:
    """One run that makes the steps of a schedule, as far as they are possible."""

    def __init__(self, schedule: Sequence[str]) -> None:
        self._schedule = tuple(schedule)
        self.forget()

    def forget(self) -> None:
        """Begin with the first step again."""
        self._rest: Iterator[str] | None = None

    def begin(self) -> bool:
        """Return True once."""
        if self._rest is not None:
            return False
        self._rest = iter(self._schedule)
        return True

    def choose(self, choices: Sequence[str]) -> str | None:
        """Return the next step of the schedule; None if it is not possible."""
        choice = next(self._rest, None) if self._rest is not None else None
        return choice if choice in choices else None


class AtRandom:
    """Runs that draw each step by lot; the same seed draws the same steps."""

    def __init__(self, runs: int, seed: int | None = None) -> None:
        self._runs = runs
        self._random = Random(seed)
        self.forget()

    def forget(self) -> None:
        """Make all runs again, with other lots."""
        self._left = self._runs

    def begin(self) -> bool:
        """Return True for each of the runs."""
        self._left -= 1
        return self._left >= 0

    def choose(self, choices: Sequence[str]) -> str:
        """Return a choice by lot."""
        return self._random.choice(choices)


class InTurns:
    """One run that lets the process with the fewest steps go, and signals only if they must."""

    def __init__(self, schedule: Sequence[str] = ()) -> None:
        """Count the steps of `schedule` as made already."""
        self._before = Counter(map(process_of, schedule))
        self.forget()

    def forget(self) -> None:
        """Make the run again."""
        self._made: Counter[str] | None = None

    def begin(self) -> bool:
        """Return True once."""
        if self._made is not None:
            return False
        self._made = self._before.copy()
        return True

    def choose(self, choices: Sequence[str]) -> str:
        """Return the choice of the process with the fewest steps."""
        made = self._made if self._made is not None else Counter[str]()
        plain = [choice for choice in choices if not mark_of(choice)]
        choice = min(plain or choices, key=lambda choice: made[process_of(choice)])
        made[process_of(choice)] += 1
        return choice


class DepthFirst:
    """Every schedule of up to `most_steps` steps, each in a run of its own.

    It compares no states, so it needs one run for each order. It is the measure of the search.
    """

    def __init__(self, most_steps: int = 400) -> None:
        self._most_steps = most_steps
        self.forget()

    def forget(self) -> None:
        """Begin with the first schedule again."""
        self._path: list[list[str]] | None = None
        """The choices that are left at each step of the last run; its own is the last of each."""

    def begin(self) -> bool:
        """Return whether a schedule is left."""
        self._depth = 0
        if self._path is None:
            self._path = []
            return True
        while self._path and len(self._path[-1]) == 1:
            self._path.pop()
        if self._path:
            self._path[-1].pop()
        return bool(self._path)

    def choose(self, choices: Sequence[str]) -> str | None:
        """Return the first choice that no run has made after the same steps."""
        path = self._path if self._path is not None else []
        if self._depth == len(path):
            if self._depth == self._most_steps:
                return None
            path.append(list(reversed(choices)))
        self._depth += 1
        return path[self._depth - 1][-1]
