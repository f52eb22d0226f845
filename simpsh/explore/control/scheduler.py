"""Schedulers: which held process makes the next step, in one run after another.

The search for all outcomes needs no scheduler, because it follows states instead of runs; see
state_search.
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
        self._has_begun = False

    def begin(self) -> bool:
        """Return True once."""
        has_begun, self._has_begun = self._has_begun, True
        self._made = self._before.copy()
        return not has_begun

    def choose(self, choices: Sequence[str]) -> str:
        """Return the choice of the process with the fewest steps."""
        plain = [choice for choice in choices if not mark_of(choice)]
        choice = min(plain or choices, key=lambda choice: self._made[process_of(choice)])
        self._made[process_of(choice)] += 1
        return choice
